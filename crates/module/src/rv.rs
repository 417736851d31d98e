//! The one place where a cause gets its `CKR_...` name (PKCS #11 v3.2 section 5.1).

use cryptoki_sys::*;
use portcullis_pal::Error as StoreError;
use portcullis_token::{EngineError, Error as TokenError};

use crate::error::{Error, Result};

/// What a call answers.
pub(crate) fn of(result: &Result<()>) -> CK_RV {
    match result {
        Ok(()) => CKR_OK,
        Err(error) => of_error(error),
    }
}

/// What a call answers that failed.
pub(crate) fn of_error(error: &Error) -> CK_RV {
    match error {
        Error::Token(error) => of_token(error),
        Error::Slot(error) => of_token(error),
        Error::SlotIdInvalid => CKR_SLOT_ID_INVALID,
        Error::Config(_) => CKR_GENERAL_ERROR,
        Error::NotInitialized => CKR_CRYPTOKI_NOT_INITIALIZED,
        Error::AlreadyInitialized => CKR_CRYPTOKI_ALREADY_INITIALIZED,
        Error::ArgumentsBad(_) => CKR_ARGUMENTS_BAD,
        Error::SessionHandleInvalid => CKR_SESSION_HANDLE_INVALID,
        Error::ParallelSession => CKR_SESSION_PARALLEL_NOT_SUPPORTED,
        Error::AsyncSession => CKR_SESSION_ASYNC_NOT_SUPPORTED,
        Error::UserTypeInvalid => CKR_USER_TYPE_INVALID,
        Error::NotSupported => CKR_FUNCTION_NOT_SUPPORTED,
        Error::NotParallel => CKR_FUNCTION_NOT_PARALLEL,
        Error::ParameterInvalid => CKR_MECHANISM_PARAM_INVALID,
        Error::KeyNotNeeded => CKR_KEY_NOT_NEEDED,
        Error::NoEvent => CKR_NO_EVENT,
        Error::BufferTooSmall => CKR_BUFFER_TOO_SMALL,
        Error::AttributeUnknown(_) => CKR_ATTRIBUTE_TYPE_INVALID,
        Error::AttributeMalformed(_) => CKR_ATTRIBUTE_VALUE_INVALID,
        Error::Panicked => CKR_FUNCTION_FAILED,
    }
}

fn of_token(error: &TokenError) -> CK_RV {
    match error {
        TokenError::Store(error) => of_store(error),
        TokenError::Random(_) => CKR_RANDOM_NO_RNG,
        TokenError::Engine(error) => of_engine(*error),
        TokenError::Format(_) => CKR_ATTRIBUTE_VALUE_INVALID,
        damage if damage.is_damage() => CKR_DEVICE_ERROR,
        TokenError::NewerFormat { .. }
        | TokenError::TokenNotInitialized
        | TokenError::CounterMissing { .. }
        | TokenError::DeviceSecretMissing { .. }
        | TokenError::DeviceSecretWrong { .. } => CKR_TOKEN_NOT_RECOGNIZED,
        TokenError::SessionExists => CKR_SESSION_EXISTS,
        TokenError::TokenLabelLength => CKR_ARGUMENTS_BAD,

        TokenError::PinIncorrect { .. } => CKR_PIN_INCORRECT,
        TokenError::PinLocked => CKR_PIN_LOCKED,
        TokenError::PinLength { .. } => CKR_PIN_LEN_RANGE,
        TokenError::UserPinNotInitialized => CKR_USER_PIN_NOT_INITIALIZED,
        TokenError::UserNotLoggedIn | TokenError::KeyAlwaysAuthenticates => CKR_USER_NOT_LOGGED_IN,
        TokenError::UserAlreadyLoggedIn => CKR_USER_ALREADY_LOGGED_IN,
        TokenError::UserAnotherAlreadyLoggedIn => CKR_USER_ANOTHER_ALREADY_LOGGED_IN,

        TokenError::SessionClosed => CKR_SESSION_HANDLE_INVALID,
        TokenError::SessionReadOnly => CKR_SESSION_READ_ONLY,
        TokenError::SessionReadOnlyExists => CKR_SESSION_READ_ONLY_EXISTS,
        TokenError::SessionReadWriteSoExists => CKR_SESSION_READ_WRITE_SO_EXISTS,

        TokenError::ObjectHandleInvalid => CKR_OBJECT_HANDLE_INVALID,
        TokenError::KeyHandleInvalid => CKR_KEY_HANDLE_INVALID,
        TokenError::ActionProhibited => CKR_ACTION_PROHIBITED,
        other => of_use(other),
    }
}

/// Attributes, mechanisms and operations.
fn of_use(error: &TokenError) -> CK_RV {
    match error {
        TokenError::AttributeReadOnly(_) => CKR_ATTRIBUTE_READ_ONLY,
        TokenError::AttributeSensitive(_) => CKR_ATTRIBUTE_SENSITIVE,
        TokenError::AttributeTypeInvalid(_) => CKR_ATTRIBUTE_TYPE_INVALID,
        TokenError::AttributeValueInvalid(_) => CKR_ATTRIBUTE_VALUE_INVALID,
        TokenError::TemplateIncomplete(_) => CKR_TEMPLATE_INCOMPLETE,
        TokenError::TemplateInconsistent(_) => CKR_TEMPLATE_INCONSISTENT,
        TokenError::CurveNotSupported => CKR_CURVE_NOT_SUPPORTED,
        TokenError::DomainParamsInvalid => CKR_DOMAIN_PARAMS_INVALID,
        TokenError::ParameterSetNotSupported => CKR_PARAMETER_SET_NOT_SUPPORTED,

        TokenError::MechanismInvalid(_) => CKR_MECHANISM_INVALID,
        TokenError::MechanismParamInvalid(_) => CKR_MECHANISM_PARAM_INVALID,
        TokenError::KeyTypeInconsistent(_) => CKR_KEY_TYPE_INCONSISTENT,
        TokenError::KeySizeRange(_) => CKR_KEY_SIZE_RANGE,
        TokenError::KeyFunctionNotPermitted(_) => CKR_KEY_FUNCTION_NOT_PERMITTED,

        TokenError::WrappingKeyHandleInvalid => CKR_WRAPPING_KEY_HANDLE_INVALID,
        TokenError::WrappingKeyTypeInconsistent(_) => CKR_WRAPPING_KEY_TYPE_INCONSISTENT,
        TokenError::WrappingKeySizeRange(_) => CKR_WRAPPING_KEY_SIZE_RANGE,
        TokenError::UnwrappingKeyHandleInvalid => CKR_UNWRAPPING_KEY_HANDLE_INVALID,
        TokenError::UnwrappingKeyTypeInconsistent(_) => CKR_UNWRAPPING_KEY_TYPE_INCONSISTENT,
        TokenError::UnwrappingKeySizeRange(_) => CKR_UNWRAPPING_KEY_SIZE_RANGE,
        TokenError::KeyUnextractable => CKR_KEY_UNEXTRACTABLE,
        TokenError::KeyNotWrappable => CKR_KEY_NOT_WRAPPABLE,
        TokenError::WrappedKeyInvalid => CKR_WRAPPED_KEY_INVALID,
        TokenError::WrappedKeyLength => CKR_WRAPPED_KEY_LEN_RANGE,

        TokenError::OperationActive => CKR_OPERATION_ACTIVE,
        TokenError::OperationNotInitialized => CKR_OPERATION_NOT_INITIALIZED,
        TokenError::BufferTooSmall { .. } => CKR_BUFFER_TOO_SMALL,
        TokenError::SavedStateInvalid => CKR_SAVED_STATE_INVALID,
        TokenError::StateUnsaveable => CKR_STATE_UNSAVEABLE,
        TokenError::KeyIndigestible => CKR_KEY_INDIGESTIBLE,
        TokenError::MessageForged => CKR_AEAD_DECRYPT_FAILED,
        TokenError::EncryptedDataLength => CKR_ENCRYPTED_DATA_LEN_RANGE,
        TokenError::SignatureLength => CKR_SIGNATURE_LEN_RANGE,
        TokenError::SignatureInvalid => CKR_SIGNATURE_INVALID,
        _ => CKR_GENERAL_ERROR,
    }
}

fn of_store(error: &StoreError) -> CK_RV {
    match error {
        StoreError::Full { .. } | StoreError::TooLarge { .. } => CKR_DEVICE_MEMORY,
        StoreError::ReadOnly { .. } => CKR_TOKEN_WRITE_PROTECTED,
        StoreError::NotAStore { .. } | StoreError::Newer { .. } | StoreError::SecretMissing { .. } => {
            CKR_TOKEN_NOT_RECOGNIZED
        }
        StoreError::Conflict { .. } | StoreError::Busy { .. } => CKR_FUNCTION_FAILED,
        _ => CKR_DEVICE_ERROR,
    }
}

fn of_engine(error: EngineError) -> CK_RV {
    match error {
        EngineError::Unsupported => CKR_CURVE_NOT_SUPPORTED,
        EngineError::KeyInvalid => CKR_ATTRIBUTE_VALUE_INVALID,
        EngineError::ParametersInvalid => CKR_MECHANISM_PARAM_INVALID,
        EngineError::DataLength => CKR_DATA_LEN_RANGE,
        EngineError::SignatureInvalid => CKR_SIGNATURE_INVALID,
        EngineError::DecryptionFailed => CKR_ENCRYPTED_DATA_INVALID,
        EngineError::Random(_) => CKR_RANDOM_NO_RNG,
        _ => CKR_FUNCTION_FAILED,
    }
}
