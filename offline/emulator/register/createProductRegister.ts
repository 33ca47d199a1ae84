import type { DeviceKeys, IssueKeys } from './createDeviceIssuer.ts';
import { DEVICE_CREATED, DEVICE_NAME_EXISTS, type EmulatedDevice, type EmulatedProduct } from './entities.ts';

/** A device that exists, asked for by its name. */
export interface RegisteredDevice {
  /** Milliseconds since the epoch. */
  readonly createdAtMs: number;
  /** Made when they are first asked for, if no batch has made them; the same ever after. */
  readonly keys: () => Promise<DeviceKeys>;
  /** The private key is handed out once. */
  isKeyFetched: boolean;
}

/** The products and the devices each of them has. */
export interface ProductRegister {
  /** Adds a product, or changes the encryption of a known one; names once known stay known. */
  readonly addProduct: (product: EmulatedProduct) => void;
  readonly encryptionOf: (productId: string) => EmulatedProduct['encryption'] | undefined;
  /** Adds a device that was not created here. @param keys made when they are asked for, if left out */
  readonly addDevice: (productId: string, deviceName: string, keys?: DeviceKeys, createdAtMs?: number) => void;
  readonly findDevice: (productId: string, deviceName: string) => RegisteredDevice | undefined;
  /**
   * One device of a batch: with new keys and `result` 0, or, if the name exists, with 2001 and nothing else. The
   * name is taken at once, before the keys are made.
   */
  readonly createDevice: (productId: string, deviceName: string, createdAtMs: number) => Promise<EmulatedDevice>;
}

/** A name once known stays known, whatever becomes of its product or its task. @param now milliseconds since the epoch */
export function createProductRegister(issueKeys: IssueKeys, now: () => number): ProductRegister {
  const products = new Map<string, EmulatedProduct>();
  const devices = new Map<string, RegisteredDevice>();
  const toKey = (productId: string, deviceName: string): string => JSON.stringify([productId, deviceName]);

  const issue = (productId: string, deviceName: string) =>
    issueKeys(products.get(productId)?.encryption ?? 'certificate', productId, deviceName);

  const addDevice: ProductRegister['addDevice'] = (productId, deviceName, known, createdAtMs = now()) => {
    let made = known === undefined ? undefined : Promise.resolve(known);
    devices.set(toKey(productId, deviceName), { createdAtMs, keys: () => (made ??= issue(productId, deviceName)), isKeyFetched: false });
  };
  return {
    addDevice,
    addProduct(product) {
      products.set(product.productId, product);
      const { productId, existingNames = [] } = product;
      for (const name of existingNames.filter((one) => !devices.has(toKey(productId, one)))) addDevice(productId, name);
    },
    encryptionOf: (productId) => products.get(productId)?.encryption,
    findDevice: (productId, deviceName) => devices.get(toKey(productId, deviceName)),
    async createDevice(productId, deviceName, createdAtMs) {
      if (devices.has(toKey(productId, deviceName))) return { deviceName, result: DEVICE_NAME_EXISTS };
      addDevice(productId, deviceName, undefined, createdAtMs);
      const keys = await devices.get(toKey(productId, deviceName))?.keys();
      return { deviceName, ...keys, result: DEVICE_CREATED };
    },
  };
}
