// Imported dynamically, and so packed apart by the build: most reads need no KMS.
export { DecryptCommand, GenerateDataKeyCommand, KMSClient } from '@aws-sdk/client-kms';
