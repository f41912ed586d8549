//! What integration tests, browser tests and measurements stand on: a throw-away PostgreSQL cluster,
//! and the paths of everything that each of them starts for itself.

use std::path::{Path, PathBuf};

use crate::build::Profile;
use crate::error::Result;
use crate::layout::Layout;
use crate::machine::Machine;
use crate::services::fleet::{Fleet, StopRequest};
use crate::services::postgres::{self, Cluster, Keeping};
use crate::services::process::Desk;
use crate::services::role::Role;
use crate::services::settings::{any_free_port, local, random_word};
use crate::tool::Tool;

/// A running cluster, and the environment that leads tests to it.
#[derive(Debug)]
pub struct Stack {
    fleet: Fleet,
    env: Vec<(&'static str, String)>,
}

impl Stack {
    /// Starts a fresh cluster. It stops when the stack is dropped.
    pub fn start(
        machine: &Machine,
        layout: &Layout,
        profile: Profile,
        keeping: Keeping,
        stop: StopRequest,
    ) -> Result<Self> {
        clear(layout)?;
        let password = random_word()?;
        let cluster = Cluster::new(machine.postgres()?, &folder(layout), &password)?;
        cluster.create(keeping)?;
        let address = local(any_free_port()?);
        let mut fleet = Fleet::new(desk(layout), stop);
        fleet.start(&cluster.launch(address))?;
        fleet.await_ready(Role::Postgres, &Role::Postgres.probe(address))?;
        let path = |path: &Path| path.display().to_string();
        let mut env = vec![
            ("ONSALE_TEST_POSTGRES_URL", cluster.url(address, "postgres")),
            ("ONSALE_NATS_SERVER", path(machine.nats_server()?)),
            ("ONSALE_REDIS_SERVER", path(machine.redis_server()?)),
            ("ONSALE_BIN_DIR", path(&profile.folder(layout))),
            ("ONSALE_SITE_ROOT", path(&layout.site())),
            ("ONSALE_FAKETIME_LIB", path(machine.faketime()?)),
            ("ONSALE_VARNISHD", path(machine.varnishd()?)),
        ];
        // Most measurements need none.
        if let Ok(browser) = machine.browser() {
            env.extend([
                ("ONSALE_CHROMIUM", path(&browser.chromium)),
                ("PLAYWRIGHT_NODE_EXE", path(&browser.node)),
                ("PLAYWRIGHT_CLI_JS", path(&browser.playwright_cli)),
                ("ONSALE_AXE_JS", path(&browser.axe)),
                ("ONSALE_LIGHTHOUSE_CLI", path(&browser.lighthouse_cli)),
                ("ONSALE_SEATMAP_CANVAS", path(&browser.seatmap_canvas)),
            ]);
        }
        Ok(Self { fleet, env })
    }

    /// Tells a tool where everything is.
    pub fn equip(&self, tool: Tool) -> Tool {
        self.env.iter().fold(tool, |tool, (key, value)| tool.env(key, value))
    }

    /// Stops the cluster.
    pub fn stop(mut self) -> Result<()> {
        self.fleet.stop()
    }
}

/// Stops and deletes what an earlier run may have left.
pub fn clear(layout: &Layout) -> Result<()> {
    desk(layout).stop(Role::Postgres)?;
    postgres::delete(&folder(layout))
}

fn folder(layout: &Layout) -> PathBuf {
    layout.test().join("pg")
}

fn desk(layout: &Layout) -> Desk {
    Desk { records: layout.test().join("run"), logs: layout.test().join("logs") }
}
