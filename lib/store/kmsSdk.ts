// Imported dynamically, and so a file of its own beside the bundles: most reads need no KMS.
export { DecryptCommand, GenerateDataKeyCommand, KMSClient } from '@aws-sdk/client-kms';
