//! The public key of a certificate, as an admin uploads it for an app.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// How a key of RSA begins, in a certificate as in a public key alone (RFC 8017, appendix A.1): the algorithm `rsaEncryption` without
/// parameters, and then the tag of the bit string that holds the key.
const RSA_KEY: [u8; 16] = [
    0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00, 0x03,
];

/// The RSA key, in PKCS#1, of a PEM text that is a certificate or a public key. Nothing else of a certificate counts, nor does it in
/// Salesforce but for its dates.
pub(super) fn public_key(pem: &str) -> Option<Vec<u8>> {
    let (_, rest) = pem.split_once("-----BEGIN ")?;
    let (kind, rest) = rest.split_once("-----")?;
    let (body, _) = rest.split_once("-----END ")?;
    if !["CERTIFICATE", "PUBLIC KEY"].contains(&kind) {
        return None;
    }
    let der = STANDARD.decode(body.split_whitespace().collect::<String>()).ok()?;
    let begin = der.windows(RSA_KEY.len()).position(|it| it == RSA_KEY)? + RSA_KEY.len();
    // The content begins with the number of bits that its last byte has too many: none.
    match content(der.get(begin..)?)? {
        [0, key @ ..] if !key.is_empty() => Some(key.to_vec()),
        _ => None,
    }
}

/// The content of a DER value without its tag: its length comes first, in one byte, or in as many as the first byte says.
fn content(value: &[u8]) -> Option<&[u8]> {
    let (first, rest) = value.split_first()?;
    let (length, rest) = match first {
        0..=0x7f => (usize::from(*first), rest),
        0x81 | 0x82 => {
            let (digits, rest) = rest.split_at_checked(usize::from(first & 0x7f))?;
            (digits.iter().fold(0, |length, digit| length << 8 | usize::from(*digit)), rest)
        }
        _ => return None,
    };
    rest.get(..length)
}
