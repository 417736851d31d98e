//! What is planned, and what is left behind when it goes well and when it does not.

use std::os::unix::fs::{PermissionsExt as _, symlink};

use tempfile::TempDir;

use super::*;

fn plan_for(prefix: &str) -> Plan {
    Plan::new(&Prefix::parse(Path::new(prefix)).unwrap())
}

fn text_of<'a>(plan: &'a Plan, path: &str) -> &'a str {
    match plan.files.iter().find(|file| file.path == path).map(|file| &file.content) {
        Some(Content::Text(text)) => text,
        other => panic!("{path}: {other:?}"),
    }
}

/// Stand-ins for what cargo builds, in a tree with the documents.
fn sources() -> (TempDir, Sources) {
    let folder = tempfile::tempdir().unwrap();
    let made = |name: &str| {
        fs::write(folder.path().join(name), name).unwrap();
        folder.path().join(name)
    };
    let tree = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let sources = Sources { library: made("library"), program: made("program"), tree };
    (folder, sources)
}

/// All there is below a folder, sorted.
fn all_below(folder: &Path) -> Vec<PathBuf> {
    let mut all = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            all.extend(all_below(&path));
        }
        all.push(path);
    }
    all.sort();
    all
}

#[test]
fn the_module_its_file_for_p11_kit_and_the_command_are_planned() {
    let plan = plan_for("/opt/portcullis/");
    let listed: Vec<_> = text_of(&plan, plan::LIST).lines().collect();
    let mut planned: Vec<_> = plan.files.iter().map(|file| file.path.as_str()).collect();
    assert_eq!(planned[0], plan::LIST, "the list comes before what it lists");
    planned.rotate_left(1);
    assert_eq!(listed, planned);
    for (path, mode, content) in [
        ("lib/pkcs11/libportcullis_pkcs11.so", 0o755, Content::Library),
        ("bin/portcullis", 0o755, Content::Program),
        ("share/doc/portcullis/LICENSE-MIT", 0o644, Content::Document("LICENSE-MIT")),
    ] {
        let file = plan.files.iter().find(|file| file.path == path).unwrap();
        assert_eq!((file.mode, &file.content), (mode, &content), "{path}");
    }
}

#[test]
fn the_files_name_the_prefix_and_leave_no_place_open() {
    let plan = plan_for("/opt/with blank");
    let module = text_of(&plan, "share/p11-kit/modules/portcullis.module");
    let set: Vec<_> = module.lines().filter(|line| !line.is_empty() && !line.starts_with('#')).collect();
    assert_eq!(set, ["module: /opt/with blank/lib/pkcs11/libportcullis_pkcs11.so", "critical: no"]);
    let package = text_of(&plan, "lib/pkgconfig/portcullis.pc");
    assert!(package.contains("\nprefix=/opt/with blank\n"), "{package}");
    assert!(package.contains(&format!("\nVersion: {}\n", env!("CARGO_PKG_VERSION"))), "{package}");
    assert!(package.contains("\nURL: https://"), "{package}");
    assert!(!module.contains('@') && !package.contains('@'), "{module}{package}");
}

#[test]
fn a_prefix_is_absolute_and_can_be_named_in_files() {
    let here = std::env::current_dir().unwrap();
    let relative = Prefix::parse(Path::new("here")).unwrap();
    assert_eq!(Path::new(&relative.file("bin")), here.join("here/bin"));
    let root = Prefix::parse(Path::new("/")).unwrap();
    assert_eq!(root.file("bin"), "/bin");
    assert_eq!(root.below(None), Path::new("/"));
    let usr = Prefix::parse(Path::new("/usr")).unwrap();
    assert_eq!(usr.below(Some(Path::new("stage"))), Path::new("stage/usr"));
    for odd in ["~/.local", "/opt/$HOME", "/opt/#1", "/opt/a\nb", "/opt/a\\b"] {
        assert!(Prefix::parse(Path::new(odd)).is_err(), "{odd}");
    }
}

#[test]
fn everything_is_written_and_replaced_by_the_next_installation() {
    let (target, (_folder, sources)) = (tempfile::tempdir().unwrap(), sources());
    let (plan, root) = (plan_for("/usr"), target.path().join("stage/usr"));
    assert!(place::look(&plan, &root).iter().all(|before| *before == Before::Free));
    for _ in 0..2 {
        write(&plan, &root, &sources).unwrap();
        let before = place::look(&plan, &root);
        assert!(before.iter().all(|before| *before == Before::Ours), "{before:?}");
        refuse(&plan, &root, &before, false).unwrap();
    }
    let files = all_below(&root).into_iter().filter(|path| path.is_file()).count();
    assert_eq!(files, plan.files.len(), "nothing else is left");
    assert_eq!(fs::read(root.join("bin/portcullis")).unwrap(), b"program");
    let mode = |path: &str| fs::metadata(root.join(path)).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode("bin"), mode("bin/portcullis"), mode(plan::LIST)), (0o755, 0o755, 0o644));
}

#[test]
fn what_others_put_there_stays_unless_forced() {
    let root = tempfile::tempdir().unwrap();
    let root = root.path();
    fs::create_dir(root.join("bin")).unwrap();
    symlink("/nowhere", root.join("bin/portcullis")).unwrap();
    let plan = plan_for("/usr");
    let before = place::look(&plan, root);
    let error = refuse(&plan, root, &before, false).unwrap_err().to_string();
    assert!(error.contains("bin/portcullis") && error.contains("--force"), "{error}");
    refuse(&plan, root, &before, true).unwrap();
    fs::remove_file(root.join("bin/portcullis")).unwrap();
    fs::create_dir(root.join("bin/portcullis")).unwrap();
    assert!(refuse(&plan, root, &place::look(&plan, root), true).is_err(), "a folder is never replaced");
}

#[test]
fn nothing_is_left_of_an_installation_that_fails() {
    let (target, (_folder, mut sources)) = (tempfile::tempdir().unwrap(), sources());
    sources.tree = target.path().join("no such tree");
    fs::create_dir(target.path().join("bin")).unwrap();
    let error = write(&plan_for("/usr"), target.path(), &sources).unwrap_err().to_string();
    assert!(error.contains("LICENSE-APACHE"), "{error}");
    assert_eq!(all_below(target.path()), [target.path().join("bin")], "what was there before");
}

#[test]
fn a_folder_that_refuses_files_is_named_before_anything_is_built() {
    let target = tempfile::tempdir().unwrap();
    fs::write(target.path().join("lib"), "no folder").unwrap();
    let error = place::try_folders(&plan_for("/usr"), target.path()).unwrap_err().to_string();
    assert!(error.contains(&target.path().join("lib").display().to_string()), "{error}");
}

#[test]
fn users_of_another_prefix_are_told_how_p11_kit_finds_the_module() {
    let usr = advice::text(&Prefix::parse(Path::new("/usr")).unwrap(), None);
    let opt = advice::text(&Prefix::parse(Path::new("/opt/p")).unwrap(), Some(Path::new("stage")));
    assert!(!usr.contains("ln -s") && usr.contains("pkcs11-tool --module /usr/lib/pkcs11/lib"), "{usr}");
    assert!(opt.contains("ln -sf /opt/p/share/p11-kit/modules/portcullis.module"), "{opt}");
    assert!(opt.contains("in stage is in its place"), "{opt}");
}

#[test]
fn both_are_built_with_the_features_that_are_asked_for_and_no_others() {
    use clap::Parser;
    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        options: Options,
    }
    let line = |more: &[&str]| {
        let words = [&["install", "--prefix", "/opt"], more].concat();
        Line::try_parse_from(words).map(|line| build_line("portcullis-cli", &line.options.features))
    };
    assert_eq!(line(&[]).unwrap(), "build --release --locked --package portcullis-cli");
    let with = line(&["--features", "postgres"]).unwrap();
    assert_eq!(with, "build --release --locked --package portcullis-cli --features postgres");
    assert!(line(&["--features", "c-pal"]).is_err());
    // What is promised of both is there in both.
    for manifest in ["module", "cli"] {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../crates/{manifest}/Cargo.toml"));
        assert!(fs::read_to_string(path).unwrap().contains("\npostgres = ["), "{manifest}");
    }
}
