// Imported dynamically, and so packed apart by the build: reads of stored pages need no key of the vendor's.
export { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
