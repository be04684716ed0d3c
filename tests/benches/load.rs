//! Loading manifests.

use opwire::Catalog;
use std::path::Path;
use std::time::Instant;

fn copy(from: &Path, to: &Path, name: &str) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy(&path, &target, name);
        } else {
            let text = std::fs::read_to_string(&path).unwrap();
            std::fs::write(
                target,
                text.replace("name: salesloft\n", &format!("name: {name}\n")),
            )
            .unwrap();
        }
    }
}

fn resident() -> f64 {
    let text = std::fs::read_to_string("/proc/self/statm").unwrap();
    let pages: f64 = text.split(' ').nth(1).unwrap().parse().unwrap();
    pages * 4096.0 / 1024.0 / 1024.0
}

pub(crate) fn run() {
    let operations = super::root().join("operations");
    let (mut best, mut count) = (f64::MAX, 0);
    for _ in 0..10 {
        let start = Instant::now();
        let catalog = std::hint::black_box(Catalog::open(&operations).unwrap());
        best = best.min(start.elapsed().as_secs_f64() * 1e3);
        count = catalog.operations().count();
    }
    println!("\nload of {count} manifests {best:.1} ms");
    let dir = tempfile::tempdir().unwrap();
    for number in 0..101 {
        let name = format!("copy{number}");
        let to = dir.path().join(&name);
        for folder in ["main", "ddl", "schemas"] {
            copy(
                &operations.join("salesloft").join(folder),
                &to.join(folder),
                &name,
            );
        }
        let text = std::fs::read_to_string(operations.join("salesloft/connector.yaml")).unwrap();
        std::fs::write(
            to.join("connector.yaml"),
            text.replace("name: salesloft\n", &format!("name: {name}\n")),
        )
        .unwrap();
    }
    let (before, start) = (resident(), Instant::now());
    let catalog = Catalog::open(dir.path()).unwrap();
    let elapsed = start.elapsed().as_secs_f64() * 1e3;
    println!(
        "load of {} manifests {elapsed:.0} ms, {:.0} MB more resident",
        catalog.operations().count(),
        resident() - before
    );
}
