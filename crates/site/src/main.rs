//! `onsale-site` turns the compiled WASM and the folder `public/` into the files a browser loads:
//! bound to JavaScript, named by their content, compressed ahead of time, and put in place all at
//! once.

mod bundle;
mod compress;
mod error;
mod files;
mod keep;
mod name;
mod place;
mod report;
mod script;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;

use error::Result;

/// Command line.
#[derive(Debug, Parser)]
#[command(about = "Turns the compiled WASM into the files a browser loads")]
struct Arguments {
    /// What cargo made of `onsale-app` for wasm32.
    #[arg(long)]
    wasm: PathBuf,
    /// Files served as they are.
    #[arg(long)]
    public: PathBuf,
    /// The folder to make; an earlier one is replaced in one step.
    #[arg(long)]
    out: PathBuf,
    /// The most that WASM and JavaScript of the islands may weigh together on the wire, in kB of brotli.
    #[arg(long, default_value_t = 220)]
    budget_kb: u64,
}

fn main() -> ExitCode {
    match make(&Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("onsale-site: {error}");
            ExitCode::FAILURE
        }
    }
}

fn make(arguments: &Arguments) -> Result<()> {
    let draft = place::draft_of(&arguments.out)?;
    files::copy_folder(&arguments.public, &draft)?;
    bundle::write(&arguments.wasm, &draft.join(bundle::FOLDER))?;
    name::by_content(&draft)?;
    let sizes = compress::folder(&draft)?;
    print!("{}", report::table(&sizes));
    report::hold_budget(&sizes, arguments.budget_kb * 1_000)?;
    keep::keep_of_before(&arguments.out, &draft)?;
    place::put(&draft, &arguments.out)
}
