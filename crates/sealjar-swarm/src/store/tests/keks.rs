//! Which files hold keys, and which key is the newest?

use sealjar::__hazmat::StoreKey;

use super::*;
use sealjar_keeper::store::StoreError;

#[test]
fn a_file_of_another_length_is_refused_by_name_and_shows_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("kek");
    for length in [0, 31, 33] {
        std::fs::write(&file, vec![0x5a; length]).unwrap();
        let refused = Keks::read(std::slice::from_ref(&file), &Names::of("web")).unwrap_err();
        assert!(matches!(&refused, StoreError::Kek { .. }), "{refused:?}");
        assert!(refused.to_string().contains("kek"), "{refused}");
        assert!(!format!("{refused:?}").contains("5a5a"), "{refused:?}");
    }
    std::fs::write(&file, [0x5a; 32]).unwrap();
    Keks::read(std::slice::from_ref(&file), &Names::of("web")).unwrap();
}

#[test]
fn the_key_is_taken_whose_secret_was_made_last() {
    let names = Names::of("web");
    let keks = Keks::default();
    let [old, new, bare] = std::array::from_fn(|_| keks.add(StoreKey::generate().unwrap().0));
    let secret = |kek: &StoreKey, made: usize| {
        let mut secret = object(&names.kek(kek.id()), &json!({}), b"");
        // A second without a fraction is before one with it, which text does not tell.
        secret.created_at = ["2026-11-22T17:10:12Z", "2026-11-22T17:10:12.2Z"][made].into();
        secret
    };
    let newest = |secrets: &[Object]| keks.newest(secrets, &names).unwrap().id();
    assert_eq!(newest(&[secret(&new, 1), secret(&old, 0)]), new.id());
    assert_eq!(newest(&[secret(&old, 0)]), old.id());
    assert_eq!(newest(&[secret(&bare, 0)]), bare.id());
}
