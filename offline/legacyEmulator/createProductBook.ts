import type { IssueKeys } from './createDeviceIssuer.ts';
import type { EmulatedProduct, SeedDevice } from './legacyEmulator.ts';

/** The products and the device names each of them knows. */
export interface ProductBook {
  addProduct: (product: EmulatedProduct) => void;
  hasProduct: (productId: string) => boolean;
  addName: (productId: string, deviceName: string) => void;
  /**
   * One device of a batch: with new keys and `result` 0, or, where the name exists, with 2001 and nothing else. The
   * name is taken at once, before the keys are made.
   */
  createDevice: (productId: string, deviceName: string) => Promise<SeedDevice>;
}

const nameExists = 2001;

/** A name once known stays known, whatever becomes of its product or its task. */
export function createProductBook(issueKeys: IssueKeys): ProductBook {
  const products = new Map<string, EmulatedProduct>();
  const names = new Set<string>();
  const toKey = (productId: string, deviceName: string): string => JSON.stringify([productId, deviceName]);
  const addName = (productId: string, deviceName: string): void => void names.add(toKey(productId, deviceName));
  return {
    addName,
    addProduct(product) {
      products.set(product.productId, product);
      for (const name of product.existingNames ?? []) addName(product.productId, name);
    },
    hasProduct: (productId) => products.has(productId),
    async createDevice(productId, deviceName) {
      if (names.has(toKey(productId, deviceName))) return { deviceName, result: nameExists };
      const encryption = products.get(productId)?.encryption ?? 'certificate';
      addName(productId, deviceName);
      return { deviceName, ...(await issueKeys(encryption, productId, deviceName)), result: 0 };
    },
  };
}
