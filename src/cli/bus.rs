//! `oikos bus`: our listener alone, for any NATS client.

use std::io::Write as _;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Context as _;
use clap::Args;
use oikos_bus::broker::auth::{AccessList, Admission, Open, Proof};
use oikos_bus::broker::limits::Limits;
use oikos_bus::broker::listener::{Listener, Settings};
use oikos_bus::identity::Identity;
use oikos_bus::identity::permission::Permissions;

/// Run the bus alone: a listener that any NATS client in any language can join
#[derive(Debug, Args)]
pub struct BusArgs {
    /// Address to listen on
    #[arg(short, long, default_value = "127.0.0.1", value_name = "HOST")]
    addr: String,
    /// Port to listen on; 0 takes a free one
    #[arg(short, long, default_value_t = 4222)]
    port: u16,
    /// User that clients must name
    #[arg(long, requires = "pass")]
    user: Option<String>,
    /// Password of that user
    #[arg(long, requires = "user", env = "OIKOS_BUS_PASS", hide_env_values = true)]
    pass: Option<String>,
    /// Token that clients must show instead
    #[arg(long, value_name = "TOKEN", conflicts_with_all = ["user", "pass"], env = "OIKOS_BUS_AUTH", hide_env_values = true)]
    auth: Option<String>,
    /// Largest message in bytes, its headers included
    #[arg(long, default_value_t = Limits::default().payload_bytes_max, value_name = "BYTES")]
    max_payload: usize,
    /// Connections at a time
    #[arg(long, default_value_t = Limits::default().connections_max, value_name = "N")]
    max_connections: usize,
}

impl BusArgs {
    fn settings(&self) -> Settings {
        let limits =
            Limits { payload_bytes_max: self.max_payload, connections_max: self.max_connections, ..Limits::default() };
        Settings { limits, admission: self.admission(), ..Settings::default() }
    }

    fn admission(&self) -> Arc<dyn Admission> {
        let proof = match (&self.user, &self.pass, &self.auth) {
            (Some(user), Some(password), _) => Proof::Password { user, password },
            (_, _, Some(token)) => Proof::Token(token),
            _ => return Arc::new(Open),
        };
        let name = self.user.as_deref().unwrap_or("token");
        let list = AccessList::default();
        list.allow(proof, Identity { name: name.into(), permissions: Permissions::default() });
        Arc::new(list)
    }
}

/// Listens until the process is asked to end.
///
/// # Errors
/// When it cannot listen there, or the operating system gives no runtime or signals.
pub fn run(args: &BusArgs) -> anyhow::Result<ExitCode> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().context("cannot start a runtime")?;
    runtime.block_on(async {
        let listener = Listener::bind((args.addr.as_str(), args.port), args.settings())
            .await
            .with_context(|| format!("cannot listen on {}:{}", args.addr, args.port))?;
        let stop = asked_to_end()?;
        // Talk goes to stderr; that nobody reads it is no reason to end.
        let _ = writeln!(std::io::stderr(), "bus nats://{} · ready", listener.address());
        listener.serve(stop).await;
        Ok(ExitCode::SUCCESS)
    })
}

/// Ready at the first SIGINT or SIGTERM. The handlers are in place when this returns.
fn asked_to_end() -> std::io::Result<impl Future<Output = ()>> {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
        Ok(async move {
            tokio::select! {
                _ = interrupt.recv() => {}
                _ = terminate.recv() => {}
            }
        })
    }
    #[cfg(not(unix))]
    {
        Ok(async {
            let _ = tokio::signal::ctrl_c().await;
        })
    }
}
