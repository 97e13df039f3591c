/** Colour only on a terminal: to be imported before what would write it, in CI too. */
if (!process.stdout.isTTY) process.env['NO_COLOR'] ??= '1';
