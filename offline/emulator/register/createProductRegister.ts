import type { IssueKeys } from './createDeviceIssuer.ts';
import { DEVICE_CREATED, DEVICE_NAME_EXISTS, type EmulatedDevice, type EmulatedProduct } from './entities.ts';

/** The products and the device names each of them knows. */
export interface ProductRegister {
  /** Adds a product, or changes the encryption of a known one; names once known stay known. */
  readonly addProduct: (product: EmulatedProduct) => void;
  readonly hasProduct: (productId: string) => boolean;
  readonly addName: (productId: string, deviceName: string) => void;
  /**
   * One device of a batch: with new keys and `result` 0, or, if the name exists, with 2001 and nothing else. The
   * name is taken at once, before the keys are made.
   */
  readonly createDevice: (productId: string, deviceName: string) => Promise<EmulatedDevice>;
}

/** A name once known stays known, whatever becomes of its product or its task. */
export function createProductRegister(issueKeys: IssueKeys): ProductRegister {
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
      if (names.has(toKey(productId, deviceName))) return { deviceName, result: DEVICE_NAME_EXISTS };
      const encryption = products.get(productId)?.encryption ?? 'certificate';
      addName(productId, deviceName);
      return { deviceName, ...(await issueKeys(encryption, productId, deviceName)), result: DEVICE_CREATED };
    },
  };
}
