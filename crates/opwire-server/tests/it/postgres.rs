//! A PostgreSQL of the tests' own, on loopback: Debian's, which is installed when it isn't there.

use std::ffi::OsString;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

/// PostgreSQL refuses to run as root.
const USER: &str = "nobody";
const PASSWORD: &str = "CANARY-database-password";
/// Times that another program may take the port between its choice and its use.
const TRIES: usize = 5;

/// A database server that ends when this process does, however that ends.
pub(crate) struct Postgres {
    port: u16,
    dir: PathBuf,
    /// The shell that watches over it ends it when this is closed.
    _alive: ChildStdin,
}

/// The one of this process.
pub(crate) fn server() -> &'static Postgres {
    static SERVER: OnceLock<Postgres> = OnceLock::new();
    SERVER.get_or_init(|| Postgres::start(|_| Vec::new()))
}

impl Postgres {
    /// Starts a server, with settings besides the usual ones that may name files in its folder.
    pub(crate) fn start(settings: impl FnOnce(&Path) -> Vec<String>) -> Self {
        let bin = binaries();
        let dir = tempfile::Builder::new()
            .prefix("opwire-postgres-")
            .tempdir()
            .unwrap()
            .keep();
        own(&dir);
        let password = dir.join("password");
        std::fs::write(&password, PASSWORD).unwrap();
        let mut initdb = command(&bin.join("initdb"), &dir);
        initdb.args([
            "--username=opwire",
            "--auth=scram-sha-256",
            "--encoding=UTF8",
            "--no-sync",
        ]);
        initdb
            .arg("--pwfile")
            .arg(&password)
            .arg("--pgdata")
            .arg(dir.join("data"));
        let done = initdb.output().unwrap();
        assert!(
            done.status.success(),
            "{}",
            String::from_utf8_lossy(&done.stderr)
        );
        let settings = settings(&dir);
        for _ in 0..TRIES {
            let port = TcpListener::bind("127.0.0.1:0")
                .unwrap()
                .local_addr()
                .unwrap()
                .port();
            if let Some(child) = run(&bin, &dir, port, &settings) {
                let alive = child.stdin.unwrap();
                return Self {
                    port,
                    dir,
                    _alive: alive,
                };
            }
        }
        panic!("PostgreSQL does not start in {}", dir.display());
    }

    /// A new database's URL.
    pub(crate) async fn database(&self) -> String {
        static NEXT: AtomicUsize = AtomicUsize::new(1);
        let name = format!("opwire_{}", NEXT.fetch_add(1, Ordering::Relaxed));
        let client = client(&self.url("postgres")).await;
        client
            .batch_execute(&format!("CREATE DATABASE {name}"))
            .await
            .unwrap();
        self.url(&name)
    }

    pub(crate) fn url(&self, database: &str) -> String {
        format!(
            "postgres://opwire:{PASSWORD}@127.0.0.1:{}/{database}",
            self.port
        )
    }

    /// The folder that it keeps its files in.
    pub(crate) fn dir(&self) -> &Path {
        &self.dir
    }
}

/// A connection beside the store's.
pub(crate) async fn client(url: &str) -> tokio_postgres::Client {
    let (client, connection) = tokio_postgres::connect(url, tokio_postgres::NoTls)
        .await
        .unwrap();
    tokio::spawn(connection);
    client
}

/// Starts it, and waits until it takes connections; nothing when it ends before.
fn run(bin: &Path, dir: &Path, port: u16, settings: &[String]) -> Option<Child> {
    // When this process ends, its end of the pipe closes, `read` ends, and so do the database and its folder.
    let watch =
        r#"dir=$1; shift; "$@" & pid=$!; read -r _; kill -QUIT $pid; wait $pid; rm -rf "$dir""#;
    let mut shell = command(Path::new("sh"), dir);
    shell
        .args(["-c", watch, "sh"])
        .arg(dir)
        .arg(bin.join("postgres"));
    shell
        .arg("-D")
        .arg(dir.join("data"))
        .arg("-p")
        .arg(port.to_string());
    for setting in [
        "listen_addresses=127.0.0.1",
        "unix_socket_directories=",
        "fsync=off",
        "lc_messages=C",
    ] {
        shell.args(["-c", setting]);
    }
    for setting in settings {
        shell.args(["-c", setting]);
    }
    let mut child = shell
        .stdin(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
    while let Some(Ok(line)) = lines.next() {
        if line.contains("ready to accept connections") {
            // What it tells later must go somewhere, or it would stop there.
            std::thread::spawn(move || lines.for_each(drop));
            return Some(child);
        }
        if line.contains("FATAL") {
            break;
        }
    }
    drop(child.stdin.take());
    child.wait().unwrap();
    None
}

/// A command of the user that PostgreSQL runs as.
fn command(program: &Path, dir: &Path) -> Command {
    let mut command = if is_root() {
        let mut command = Command::new("setpriv");
        command
            .args(["--reuid", USER, "--regid", "nogroup", "--clear-groups"])
            .arg(program);
        command
    } else {
        Command::new(program)
    };
    command.current_dir(dir);
    command
}

fn is_root() -> bool {
    id(&["-u"]) == 0
}

fn id(arguments: &[&str]) -> u32 {
    let told = Command::new("id").args(arguments).output().unwrap().stdout;
    String::from_utf8(told).unwrap().trim().parse().unwrap()
}

fn own(path: &Path) {
    if is_root() {
        let (user, group) = (id(&["-u", USER]), id(&["-g", USER]));
        std::os::unix::fs::chown(path, Some(user), Some(group)).unwrap();
    }
}

/// A file that PostgreSQL can read and nobody else.
pub(crate) fn private(path: &Path, text: &str) {
    use std::os::unix::fs::OpenOptionsExt as _;
    let mut options = std::fs::OpenOptions::new();
    let mut file = options
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
        .unwrap();
    file.write_all(text.as_bytes()).unwrap();
    own(path);
}

/// The folder of the newest PostgreSQL's programs.
fn binaries() -> PathBuf {
    find().unwrap_or_else(|| {
        apt(&["update"]);
        apt(&["install", "--yes", "--no-install-recommends", "postgresql"]);
        find().expect("the package postgresql has no initdb")
    })
}

fn find() -> Option<PathBuf> {
    let versions = std::fs::read_dir("/usr/lib/postgresql").ok()?;
    let folders = versions.flatten().map(|version| version.path().join("bin"));
    folders.filter(|bin| bin.join("initdb").is_file()).max()
}

fn apt(arguments: &[&str]) {
    let done = Command::new("apt-get")
        .arg("--quiet")
        .args(arguments)
        .env("DEBIAN_FRONTEND", "noninteractive")
        .output()
        .unwrap_or_else(|error| panic!("apt-get can't be run: {error}; install postgresql"));
    let told: OsString = String::from_utf8_lossy(&done.stderr).into_owned().into();
    assert!(
        done.status.success(),
        "apt-get {arguments:?}: {}",
        told.display()
    );
}
