//! The secret of an org as Secrets Manager keeps it, and what is meant when it does not give it out.

use std::error::Error;

use aws_sdk_secretsmanager::Client;
use aws_sdk_secretsmanager::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_secretsmanager::operation::get_secret_value::GetSecretValueError;
use salesforce::NotReady;

/// Why there is no value.
#[derive(Debug)]
pub(crate) enum Unread {
    /// There is no such secret, it was never filled, or it is about to be deleted.
    Absent,
    /// A person has to change something.
    Lasting(NotReady),
    /// Secrets Manager cannot be asked, or not now.
    Unavailable(Box<dyn Error + Send + Sync>),
}

/// The text of the secret of this name; empty if its value is no text.
///
/// # Errors
/// [`Unread`].
pub(crate) async fn read(secrets: &Client, name: &str) -> Result<String, Unread> {
    let answer = secrets.get_secret_value().secret_id(name).send().await;
    match answer {
        Ok(answer) => Ok(answer.secret_string.unwrap_or_default()),
        Err(error) => Err(unread(name, error)),
    }
}

fn unread(name: &str, error: SdkError<GetSecretValueError>) -> Unread {
    let (code, message) = (error.code().unwrap_or_default(), error.message().unwrap_or_default());
    // A secret that is about to be deleted is an invalid request.
    if matches!(code, "ResourceNotFoundException" | "InvalidRequestException") {
        return Unread::Absent;
    }
    match lasting(name, code, message) {
        Some(lasting) => Unread::Lasting(lasting),
        None => Unread::Unavailable(error.into()),
    }
}

/// What stays until a person changes something. What is not known is taken to pass, as throttling and Secrets Manager's own faults do.
fn lasting(name: &str, code: &str, message: &str) -> Option<NotReady> {
    let is_about_kms = message.to_lowercase().contains("kms");
    let fix = match code {
        "AccessDeniedException" if is_about_kms => format!(
            "let the functions use the KMS key of the secret {name} (kms:Decrypt): deploy with the key's ARN in KmsKeyArn, and see that the key's own policy leaves that to the account's roles"
        ),
        "AccessDeniedException" => format!(
            "allow the functions' roles secretsmanager:GetSecretValue on the secret {name}: by the secret's own policy, and by SalesforceSecretPrefix, with which its name must begin"
        ),
        "DecryptionFailure" => format!(
            "see that the KMS key of the secret {name} is enabled and not about to be deleted, or put the secret's value anew under another key"
        ),
        "InvalidParameterException" | "ValidationException" => format!(
            "correct SalesforceSecretPrefix: Secrets Manager takes no secret of the name {name}"
        ),
        "UnrecognizedClientException" | "InvalidSignatureException" | "OptInRequired" => format!(
            "see that the functions' roles are there and that the account may use Secrets Manager in this region: it does not know who asks for the secret {name}"
        ),
        _ => return None,
    };
    Some(NotReady { cause: code.to_owned(), fix })
}
