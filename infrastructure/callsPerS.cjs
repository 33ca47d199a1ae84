// What one copy of runDeviceBatches may call of the vendor's rate: copies share nothing, and there are this many at most.
module.exports = async ({ resolveVariable }) => {
  const [rate, copies] = [await resolveVariable('param:vendorRate'), await resolveVariable('param:batchConcurrency')];
  return String(Math.floor((1000 * rate) / copies) / 1000);
};
