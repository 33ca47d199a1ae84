import manifest from '../package.json' with { type: 'json' };

/** The version of this service, from its manifest; the bundler keeps this one string of it. */
export const { version } = manifest;
