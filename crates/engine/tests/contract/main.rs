//! What every engine owes the token, checked over `&dyn Engine`: the shape of its table, signatures,
//! digests, generation, derivation, hostile input, and Wycheproof's vectors. An engine joins with one line below.

#![allow(clippy::unwrap_used, reason = "a check fails by a panic")]

#[cfg(feature = "aws_lc")]
mod ciphers;
#[cfg(feature = "aws_lc")]
mod combined;
mod derivation;
#[cfg(feature = "aws_lc")]
mod derived;
#[path = "../../../../testdata/wycheproof.rs"]
mod files;
mod fixtures;
mod generation;
mod hashing;
mod hmac_keys;
mod hostile;
#[cfg(feature = "aws_lc")]
mod kbkdf;
#[cfg(feature = "aws_lc")]
mod lattice;
#[cfg(feature = "aws_lc")]
mod published;
#[cfg(feature = "aws_lc")]
mod published_ciphers;
mod refusals;
#[cfg(feature = "aws_lc")]
mod rsa_encryption;
mod shape;
mod signatures;
#[cfg(feature = "aws_lc")]
mod tls;
mod wycheproof;
#[cfg(feature = "aws_lc")]
mod wycheproof_ciphers;

/// Makes each check a test of its own, in a module named after the engine.
macro_rules! run {
    ($name:ident, $engine:expr, [$($room:ident::$check:ident),+ $(,)?]) => {
        mod $name {
            $(
                #[test]
                fn $check() {
                    super::$room::$check(&$engine);
                }
            )+
        }
    };
}

/// Runs the contract over an engine.
macro_rules! contract {
    ($name:ident, $engine:expr) => {
        run!(
            $name,
            $engine,
            [
                shape::a_mechanism_appears_once_and_has_a_name,
                shape::key_sizes_and_key_types_go_with_the_capabilities,
                shape::a_loader_serves_every_mechanism_that_names_it,
                signatures::signatures_have_the_promised_length_and_verify,
                signatures::a_streamed_signature_is_one_over_the_whole,
                signatures::any_changed_bit_or_length_is_refused,
                refusals::foreign_parameters_are_refused,
                refusals::keys_of_another_kind_do_not_load,
                refusals::keys_of_another_loader_are_refused,
                refusals::a_private_key_with_a_foreign_public_half_is_refused,
                refusals::the_public_half_is_computed_not_believed,
                hmac_keys::an_hmac_takes_generic_secrets_and_keys_of_its_own,
                hashing::digests_match_the_published_ones,
                hashing::a_digest_does_not_depend_on_how_the_data_was_cut,
                hashing::a_saved_digest_goes_on,
                generation::the_same_randomness_gives_the_same_key,
                generation::a_generated_key_is_whole,
                generation::public_halves_match_the_published_ones,
                generation::broken_randomness_ends_generation,
                generation::requests_of_another_kind_are_refused,
                derivation::a_derived_secret_has_the_wanted_length_and_is_always_the_same,
                derivation::foreign_keys_and_parameters_derive_nothing,
                hostile::random_bytes_as_private_keys_never_panic,
                hostile::random_bytes_as_public_keys_never_panic,
                hostile::damaged_rsa_keys_never_panic,
                hostile::random_parameters_never_panic,
                hostile::random_signatures_never_verify,
                wycheproof::ecdsa_p256_sha256,
                wycheproof::ecdsa_p384_sha384,
                wycheproof::ed25519,
                wycheproof::rsa_pkcs1,
                wycheproof::rsa_pss,
                wycheproof::rsa_pkcs1_signing,
                wycheproof::hmac,
            ]
        );
    };
}

contract!(ring, portcullis_engine::RingEngine);

#[cfg(feature = "aws_lc")]
contract!(aws_lc, portcullis_engine::AwsLcEngine);

// What only an engine with more than the least can be asked.
#[cfg(feature = "aws_lc")]
run!(
    aws_lc_wider,
    portcullis_engine::AwsLcEngine,
    [
        ciphers::a_ciphertext_has_the_promised_length_and_gives_the_plaintext_back,
        ciphers::a_streamed_ciphertext_is_that_of_the_whole,
        ciphers::a_stream_that_ends_too_early_is_refused,
        ciphers::any_changed_ciphertext_is_refused_and_leaves_nothing,
        ciphers::keys_and_parameters_of_another_kind_are_refused,
        ciphers::hostile_parameters_and_data_never_panic,
        ciphers::one_key_serves_several_threads_at_once,
        combined::the_standards_examples,
        combined::a_derived_key_holds_its_base_whole,
        published_ciphers::block_modes,
        published_ciphers::a_counter_is_not_used_twice,
        published_ciphers::ccm_parameters,
        published_ciphers::gcm_parameters,
        published_ciphers::key_wrapping,
        published_ciphers::macs,
        rsa_encryption::what_a_signature_contains_comes_back,
        rsa_encryption::a_wrong_padding_gives_a_message_of_its_own,
        rsa_encryption::oaep,
        rsa_encryption::oaep_takes_any_two_hashes,
        rsa_encryption::a_number_is_below_the_modulus,
        rsa_encryption::broken_randomness_ends_wrapping,
        wycheproof_ciphers::aes_cbc_pad,
        wycheproof_ciphers::aes_ccm,
        wycheproof_ciphers::aes_cmac,
        wycheproof_ciphers::aes_gcm,
        wycheproof_ciphers::aes_key_wrap,
        wycheproof_ciphers::chacha20_poly1305,
        hashing::the_wider_digests_match_too,
        derived::x25519_agrees_as_published,
        derived::secp256k1_starts_from_its_generator,
        derived::a_peer_stands_raw_or_in_an_octet_string,
        derived::a_shared_secret_is_cut_at_its_start,
        derived::the_x963_function_hashes_secret_counter_and_data,
        derived::key_derivation_functions_match_other_libraries,
        derived::hkdf_takes_its_steps_apart,
        derived::pbkdf2_matches_rfc_6070,
        derived::encrypted_data_becomes_a_key,
        kbkdf::kbkdf_matches_cavp,
        kbkdf::kbkdf_numbers_have_their_format,
        lattice::a_secret_arrives_at_the_holder_of_the_private_key,
        lattice::ml_kem_matches_acvp,
        lattice::ml_dsa_keys_match_acvp,
        lattice::ml_dsa_signs_without_randomness_as_others_do,
        lattice::ml_dsa_takes_digests,
        lattice::lattice_keys_are_checked,
        lattice::public_keys_out_of_range_are_refused,
        lattice::an_ml_dsa_signature_is_bound_to_its_context,
        tls::the_tls_prf_matches_the_published_one,
        tls::tls_secrets_follow_from_the_prf,
        tls::tls_finished_messages_follow_from_the_prf,
        published::ecdsa_takes_any_hash_on_any_curve,
        published::ecdsa_takes_the_digest_alone,
        published::eddsa_variants_match_the_published_ones,
        published::a_digest_info_signed_unhashed_is_the_hashed_signature,
        wycheproof::ecdsa_p521_sha512,
        wycheproof::rsa_pkcs1_signing_with_sha1_and_sha224,
        wycheproof::hmac_sha1,
        wycheproof::ecdh,
        wycheproof::x25519,
        wycheproof::hkdf,
        wycheproof::pbkdf2,
    ]
);
