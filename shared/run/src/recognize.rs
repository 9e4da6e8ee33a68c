//! Whether the org behind a secret is the one that the ledger knows.

use access::{Org, OrgAlias, OrganizationId};
use ledger::{CommitError, Ledger, ReadError};
use salesforce::{Client, ClientError};

/// Why an org is not taken for the one that is meant.
#[derive(Debug, thiserror::Error)]
pub enum Unrecognized {
    /// The secret leads to another org than before. Nothing of what the ledger knows holds there.
    #[error(
        "the secret of org {alias} leads to another org ({found}) than recorded ({recorded}); if that is meant, invoke sweep with acceptOrg"
    )]
    Changed {
        /// The alias.
        alias: OrgAlias,
        /// The org of which the ledger knows.
        recorded: OrganizationId,
        /// The org to which the secret leads.
        found: OrganizationId,
    },
    /// Salesforce does not say which org it is.
    #[error("the org does not say which one it is")]
    Unidentified(#[source] Option<ClientError>),
    /// The ledger cannot be read.
    #[error("the ledger does not say which org it was")]
    Unread(#[from] ReadError),
    /// The ledger cannot be written.
    #[error("the org could not be recorded")]
    Unwritten(#[source] CommitError),
}

/// The id of the org to which a client is signed in.
///
/// # Errors
/// [`Unrecognized::Unidentified`].
pub async fn organization_of(client: &Client) -> Result<OrganizationId, Unrecognized> {
    let identity = client.identity().await.map_err(|it| Unrecognized::Unidentified(Some(it)))?;
    let id = OrganizationId::parse(identity.org.as_str());
    id.map_err(|_| Unrecognized::Unidentified(None))
}

/// The org behind a signed-in client, if it is the one of which the ledger knows. One that is met for the first time is recorded,
/// unless nothing may be written.
///
/// # Errors
/// [`Unrecognized`].
pub async fn recognize(
    ledger: &Ledger,
    known: Option<Org>,
    alias: &OrgAlias,
    client: &Client,
    is_dry: bool,
) -> Result<Org, Unrecognized> {
    let found = organization_of(client).await?;
    match known {
        Some(known) if known.id == found => Ok(known),
        Some(known) => {
            Err(Unrecognized::Changed { alias: alias.clone(), recorded: known.id, found })
        }
        None => {
            let new = Org::new(alias.clone(), found.clone());
            if is_dry {
                return Ok(new);
            }
            match ledger.writer.commit_org(new, Vec::new()).await {
                Ok(org) => Ok(org),
                // Somebody else met it at this moment.
                Err(error) if error.is_conflict() => match ledger.reader.org(alias).await? {
                    Some(org) if org.id == found => Ok(org),
                    Some(Org { id: recorded, .. }) => {
                        Err(Unrecognized::Changed { alias: alias.clone(), recorded, found })
                    }
                    None => Err(Unrecognized::Unwritten(error)),
                },
                Err(error) => Err(Unrecognized::Unwritten(error)),
            }
        }
    }
}
