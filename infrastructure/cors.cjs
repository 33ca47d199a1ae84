// The stage's origins and the rest of `cors.yml`. API Gateway takes no empty list, so that a stage
// without origins has no CORS at all.
module.exports = async ({ resolveVariable }) => {
  const allowedOrigins = await resolveVariable('param:allowedOrigins');
  if (allowedOrigins.length === 0) return false;
  return { ...(await resolveVariable('file(infrastructure/cors.yml)')), allowedOrigins };
};
