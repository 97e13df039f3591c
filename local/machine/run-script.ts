import { spawn } from 'node:child_process';
import { baseEnvironment, ROOT } from './settings.ts';

/**
 * Runs one of the project's own programs to its end.
 * @throws Error with what it printed when it fails
 */
export function runScript(script: string, environment: Record<string, string> = {}): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [script], {
      cwd: ROOT,
      env: { ...baseEnvironment(), ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let printed = '';
    child.stdout.on('data', (chunk: Buffer) => (printed += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (printed += chunk.toString()));
    child.once('error', reject);
    child.once('close', (code) => {
      if (code === 0) resolve();
      else reject(new Error(`${script} failed:\n${printed.trimEnd()}`));
    });
  });
}
