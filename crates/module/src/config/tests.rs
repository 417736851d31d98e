//! Where the configuration is looked for, and what it may say.

use super::*;

/// What is found on a machine without a configuration of its own.
fn find(variables: &[(&str, &Path)]) -> Result<Config, ConfigError> {
    find_on(Path::new("/nonexistent/portcullis.toml"), variables)
}

/// What is found on a machine with this configuration.
fn find_on(system: &Path, variables: &[(&str, &Path)]) -> Result<Config, ConfigError> {
    let look_up = |wanted: &str| {
        variables.iter().find(|(name, _)| *name == wanted).map(|(_, value)| value.as_os_str().to_owned())
    };
    Config::find_in(None, &look_up, system)
}

fn stores(config: &Config) -> Vec<&Path> {
    config.slots.iter().map(|slot| slot.store.as_path()).collect()
}

#[test]
fn without_a_file_there_is_one_slot_in_the_data_folder() {
    let home = tempfile::tempdir().unwrap();
    let data = home.path().join("data");
    let config = find(&[("HOME", home.path())]).unwrap();
    assert_eq!(stores(&config), [home.path().join(".local/share/portcullis")]);
    assert_eq!(config.stores, Some(home.path().join(".local/share/portcullis/tokens")));
    assert_eq!(config.log.filter, None);
    let config = find(&[("HOME", home.path()), ("XDG_DATA_HOME", &data)]).unwrap();
    assert_eq!(stores(&config), [data.join("portcullis")]);
    let config = find(&[("HOME", home.path()), ("XDG_DATA_HOME", Path::new("relative"))]).unwrap();
    assert_eq!(stores(&config), [home.path().join(".local/share/portcullis")]);
    let config = find(&[("HOME", home.path()), (STORE, &data)]).unwrap();
    assert_eq!(stores(&config), [data.as_path()]);
    assert_eq!(config.slots[0].aside, None);
    let config = find(&[("HOME", home.path()), (ASIDE, &data)]).unwrap();
    assert_eq!(config.slots[0].aside, Some(data));
    assert!(matches!(find(&[]), Err(ConfigError::NoFolder)));
}

#[test]
fn the_named_file_comes_before_the_own_one() {
    let home = tempfile::tempdir().unwrap();
    let own = home.path().join(".config/portcullis/config.toml");
    fs::create_dir_all(own.parent().unwrap()).unwrap();
    fs::write(&own, "[[slot]]\nstore = \"own\"\n").unwrap();
    let config = find(&[("HOME", home.path())]).unwrap();
    assert_eq!(stores(&config), [own.with_file_name("own")]);
    assert_eq!(config.stores, None, "a list of slots is all there is");

    let named = home.path().join("named.toml");
    let text = "[[slot]]\nstore = \"a\"\n[[slot]]\nstore = \"/b\"\ndescription = \"second\"\n\
                [log]\nfilter = \"debug\"\nfile = \"log\"\n";
    fs::write(&named, text).unwrap();
    let config = find(&[("HOME", home.path()), (FILE, &named)]).unwrap();
    assert_eq!(stores(&config), [home.path().join("a"), PathBuf::from("/b")]);
    assert_eq!(
        config.slots.iter().map(|slot| &*slot.description).collect::<Vec<_>>(),
        [DESCRIPTION, "second"]
    );
    assert_eq!(config.log.filter.as_deref(), Some("debug"));
    assert_eq!(config.log.file, Some(home.path().join("log")));
    assert_eq!(stores(&Config::find(Some(&own)).unwrap()), [own.with_file_name("own")]);
}

#[test]
fn a_file_that_is_missing_or_wrong_is_an_error_and_not_the_default() {
    let home = tempfile::tempdir().unwrap();
    let named = home.path().join("named.toml");
    let with_named = || find(&[("HOME", home.path()), (FILE, &named)]);
    assert!(matches!(with_named(), Err(ConfigError::Unreadable { .. })));
    for text in ["", "[log]\nfilter = \"info\"\n"] {
        fs::write(&named, text).unwrap();
        assert!(matches!(with_named(), Err(ConfigError::NoSlots { .. })), "{text:?}");
    }
    for text in [
        "stores = 1\n",
        "[[slot]]\n",
        "[[slot]]\nstore = 1\n",
        "[[slot]]\nstore = \"a\"\nstroe = \"b\"\n",
        "slot",
    ] {
        fs::write(&named, text).unwrap();
        assert!(matches!(with_named(), Err(ConfigError::Invalid { .. })), "{text:?}");
    }
}

#[test]
fn a_folder_of_stores_is_relative_to_the_file_and_needs_no_list() {
    let home = tempfile::tempdir().unwrap();
    let named = home.path().join("named.toml");
    fs::write(&named, "stores = \"tokens\"\n").unwrap();
    let config = Config::find(Some(&named)).unwrap();
    assert!(config.slots.is_empty());
    assert_eq!(config.stores, Some(home.path().join("tokens")));
}

#[test]
fn a_counter_aside_is_relative_to_the_file_and_one_slots_alone() {
    let home = tempfile::tempdir().unwrap();
    let named = home.path().join("named.toml");
    let with = |second: &str| {
        let text = format!(
            "[[slot]]\nstore = \"a\"\naside = \"x\"\n[[slot]]\nstore = \"b\"\naside = \"{second}\"\n"
        );
        fs::write(&named, text).unwrap();
        Config::find(Some(&named))
    };
    let config = with("y").unwrap();
    let asides: Vec<_> = config.slots.iter().map(|slot| slot.aside.clone()).collect();
    assert_eq!(asides, [Some(home.path().join("x")), Some(home.path().join("y"))]);
    assert!(matches!(with("x"), Err(ConfigError::AsideShared { aside }) if aside == home.path().join("x")));
}

#[test]
fn the_machines_file_is_the_last_place_and_wrong_files_before_it_are_not_passed_over() {
    let machine = tempfile::tempdir().unwrap();
    let system = machine.path().join("etc/portcullis.toml");
    let home = machine.path().join("home");
    let own = home.join(".config/portcullis/config.toml");
    let named = machine.path().join("named.toml");
    for file in [&system, &own] {
        fs::create_dir_all(file.parent().unwrap()).unwrap();
    }
    fs::write(&system, "[[slot]]\nstore = \"system\"\n").unwrap();
    let found = |variables: &[(&str, &Path)]| {
        let config = find_on(&system, variables)?;
        Ok::<_, ConfigError>(config.slots[0].store.clone())
    };
    let (home, named) = (("HOME", &*home), (FILE, &*named));
    // Not the defaults, and for a process without a home, too.
    assert_eq!(found(&[home]).unwrap(), system.with_file_name("system"));
    assert_eq!(found(&[]).unwrap(), system.with_file_name("system"));

    fs::write(&own, "[[slot]]\nstore = \"own\"\n").unwrap();
    assert_eq!(found(&[home]).unwrap(), own.with_file_name("own"));
    fs::write(named.1, "[[slot]]\nstore = \"named\"\n").unwrap();
    assert_eq!(found(&[home, named]).unwrap(), named.1.with_file_name("named"));

    fs::write(&own, "wrong").unwrap();
    assert!(matches!(found(&[home]), Err(ConfigError::Invalid { file, .. }) if file == own));
    fs::remove_file(&own).unwrap();
    fs::write(&system, "wrong").unwrap();
    assert!(matches!(found(&[home]), Err(ConfigError::Invalid { file, .. }) if file == system));
}
