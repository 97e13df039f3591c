// Preloaded before every TypeScript entry: a Node that cannot run it says so instead of failing on syntax.
const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 22 || (major === 22 && minor < 18)) {
  console.error(
    `This needs Node 22.18 or newer and found ${process.versions.node} at ${process.execPath}.\n` +
      'On Linux (x64, arm64) `npm ci` brings Node 24 with it: run the npm scripts (npm run local, npm test).\n' +
      'Elsewhere install Node 22.18 or newer.',
  );
  process.exit(1);
}
