/** package.json, of which the bundler keeps what is asked for. */
declare module '*/package.json' {
  const manifest: { readonly version: string };
  export default manifest;
}
