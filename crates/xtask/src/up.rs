//! `cargo xtask up`: from a bare machine to a running box office.

use std::fs::{File, TryLockError};
use std::process::ExitCode;

use crate::build::{self, Profile};
use crate::error::{FileContext, Result, refuse};
use crate::layout::{Layout, create_folder};
use crate::machine::{self, Needs};
use crate::operate;
use crate::progress::{Steps, seconds};
use crate::services::fleet::{Ended, Fleet, StopRequest};
use crate::services::outside::Outside;
use crate::services::plan::{Plan, public_url};
use crate::services::process::Desk;
use crate::services::role::Role;
use crate::services::settings::Settings;
use crate::tool::Tool;

/// What was asked on the command line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Options {
    /// Leave everything running and return.
    pub detach: bool,
    /// Compile our programs to run quickly.
    pub release: bool,
    /// Put Varnish in front of the server.
    pub edge: bool,
}

/// Brings everything up; in the foreground, stays until it ends.
pub fn up(layout: &Layout, options: Options) -> Result<ExitCode> {
    let outside = Outside::from_env()?;
    let desk = operate::desk(layout);
    let lock = only_one_at_a_time(layout)?;
    let is_ours = |role: &Role| !role.is_outside(&outside) && (options.edge || *role != Role::Edge);
    let ours: Vec<Role> = Role::ALL.into_iter().filter(is_ours).collect();
    let running = Role::ALL.iter().filter(|role| desk.running(**role).is_some()).count();
    // With an edge in front, servers give out its address: it comes and goes with them.
    let has_edge = desk.running(Role::Edge).is_some();
    if running == ours.len()
        && has_edge == options.edge
        && let Some(settings) = Settings::read(layout)?
    {
        println!("Onsale is up already: {}", public_url(&settings, options.edge));
        println!("  `cargo xtask down` first, to run what you changed since");
        return Ok(ExitCode::SUCCESS);
    }
    if running > 0 {
        println!("Stopping what is left of an earlier run");
        operate::stop_all(&desk)?;
    }
    let mut steps = Steps::of(7);
    let mut fleet = start(layout, options, &outside, &ours, &desk, &mut steps)?;
    drop(lock);
    let Some(settings) = Settings::read(layout)? else {
        return refuse("the settings of this checkout disappeared while starting");
    };
    println!();
    println!(
        "Onsale is up: {}   ({})",
        public_url(&settings, options.edge),
        seconds(steps.elapsed())
    );
    if options.detach {
        println!(
            "  look: cargo xtask status    logs: cargo xtask logs -f    stop: cargo xtask down"
        );
        fleet.detach();
        return Ok(ExitCode::SUCCESS);
    }
    println!("  stop: Ctrl-C    logs, from another terminal: cargo xtask logs -f");
    match fleet.watch() {
        Ended::Requested => println!("\nStopping"),
        Ended::StoppedElsewhere => println!("Stopped by another command"),
        Ended::Died(role) => return Err(fleet.obituary(role)),
    }
    fleet.stop()?;
    Ok(ExitCode::SUCCESS)
}

fn start(
    layout: &Layout,
    options: Options,
    outside: &Outside,
    ours: &[Role],
    desk: &Desk,
    steps: &mut Steps,
) -> Result<Fleet> {
    let profile = match options.release {
        true => Profile::Release,
        false => Profile::Dev,
    };
    let needs = Needs {
        postgres: ours.contains(&Role::Postgres),
        nats: ours.contains(&Role::Nats),
        redis: ours.contains(&Role::Redis),
        edge: options.edge,
        ..Needs::default()
    };
    let machine = steps.take("Look at the machine", || machine::prepare(layout, needs))?;
    let rust = machine.rust;
    steps.take("Compile the programs", || build::programs(rust, layout, profile))?;
    steps.take("Compile the code for the browser", || build::wasm(rust, layout))?;
    steps.take("Make the site", || build::site(layout, profile))?;

    let stop = StopRequest::listen()?;
    let settings = Settings::read_or_create(layout)?;
    let plan = Plan::new(layout, &machine, &settings, outside, profile.folder(layout))
        .with_edge(options.edge);
    let mut fleet = Fleet::new(desk.clone(), stop);
    let (own_programs, services): (Vec<Role>, Vec<Role>) =
        ours.iter().partition(|role| matches!(role, Role::Server | Role::Workers | Role::Edge));
    steps.take("Start the services", || launch(&mut fleet, &plan, &services))?;
    steps.take("Prepare the data", || {
        for action in ["migrate", "seed"] {
            let tool = Tool::new(plan.program("onsale")).arg(action);
            let env = plan.env();
            env.iter().fold(tool, |tool, (key, value)| tool.env(key, value)).run()?;
            fleet.check()?;
        }
        Ok(())
    })?;
    steps.take("Start server and workers", || launch(&mut fleet, &plan, &own_programs))?;
    Ok(fleet)
}

/// Starts all of them at once, then waits for each.
fn launch(fleet: &mut Fleet, plan: &Plan<'_>, roles: &[Role]) -> Result<()> {
    for role in roles {
        fleet.start(&plan.launch(*role)?)?;
    }
    for role in roles {
        let address = plan.address(*role);
        fleet.await_ready(*role, &role.probe(address))?;
        println!("      {:<9} {address}", role.name());
    }
    Ok(())
}

/// The lock ends with this process, however it ends.
fn only_one_at_a_time(layout: &Layout) -> Result<File> {
    create_folder(&layout.state())?;
    let path = layout.state().join("lock");
    let file = File::create(&path).while_doing("create", &path)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => {
            refuse("another `cargo xtask up` is starting in this checkout")
        }
        Err(TryLockError::Error(error)) => Err(error).while_doing("lock", &path),
    }
}
