// Imported dynamically, and so a file of its own beside the bundles: reads of stored pages need no key of the vendor's.
export { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
