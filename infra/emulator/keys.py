"""Keys that KMS keeps, and the certificate that Salesforce takes for one of them."""

import base64
import subprocess

ALGORITHM = "RSASSA_PKCS1_V1_5_SHA_256"
# As a certificate of a key at hand has them, but for the name of the key that has signed the draft.
EXTENSIONS = "basicConstraints = critical, CA:TRUE\nsubjectKeyIdentifier = hash\nauthorityKeyIdentifier = none\n"


class Keys:
    """The ARNs of a key that encrypts and of one that signs. Their policy is the one that KMS gives to every key: it leaves to IAM who
    of the account may use them."""

    def __init__(self, emulator):
        self.kms = emulator.client("kms")
        self.encrypting = self._make()
        self.signing = self.make_signing()

    def make_signing(self):
        """A further key that signs."""
        return self._make(KeySpec="RSA_2048", KeyUsage="SIGN_VERIFY")

    def _make(self, **properties):
        return self.kms.create_key(**properties)["KeyMetadata"]["Arn"]

    def certificate(self, key, work):
        """A certificate of the key that the key itself has signed, made as infra/README.md says: from the public key, with a draft
        by a key that is thrown away."""
        (work / "lanyard.der").write_bytes(self.kms.get_public_key(KeyId=key)["PublicKey"])
        (work / "extensions").write_text(EXTENSIONS)
        for command in (
            "pkey -pubin -inform DER -in lanyard.der -out lanyard.pub",
            "genrsa -out draft.key 2048",
            "x509 -new -subj /CN=lanyard -days 730 -sha256 -extfile extensions -force_pubkey lanyard.pub"
            " -key draft.key -outform DER -out draft.der",
            "asn1parse -inform DER -in draft.der -strparse 4 -noout -out unsigned.der",
        ):
            subprocess.run(["openssl", *command.split()], cwd=work, check=True, capture_output=True)
        unsigned = (work / "unsigned.der").read_bytes()
        signature = self.kms.sign(
            KeyId=key, Message=unsigned, MessageType="RAW", SigningAlgorithm=ALGORITHM,
        )["Signature"]
        signed = (work / "draft.der").read_bytes()[:-len(signature)] + signature
        body = base64.encodebytes(signed).decode()
        (work / "lanyard.crt").write_text(f"-----BEGIN CERTIFICATE-----\n{body}-----END CERTIFICATE-----\n")
        verified = ["openssl", "verify", "-check_ss_sig", "-CAfile", "lanyard.crt", "lanyard.crt"]
        subprocess.run(verified, cwd=work, check=True, capture_output=True)
        return (work / "lanyard.crt").read_text()
