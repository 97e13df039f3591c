import { applySchema } from '../machine/apply-schema.ts';
import type { Settings } from '../machine/settings.ts';
import { compose, type Docker } from './docker.ts';
import { databaseUrl } from '../machine/containers.ts';

/**
 * Lets Grafana read the container's database: applies the schema, which makes its role, and gives the role its local
 * password.
 * @throws Error with what psql printed when it fails
 */
export async function openDatabaseToGrafana(
  docker: Docker,
  settings: Settings,
  url = databaseUrl(settings),
): Promise<void> {
  await applySchema(url);
  const password = `'${settings.PRIOR_AUTH_GRAFANA_PASSWORD.replaceAll("'", "''")}'`;
  // Inside the container its own user needs no password.
  const psql = [
    'psql',
    '--quiet',
    '--no-psqlrc',
    '--set=ON_ERROR_STOP=1',
    '--username=prior_auth',
    '--dbname=prior_auth',
  ];
  const reply = await docker.ask(
    compose('exec', '--no-TTY', 'postgres', ...psql),
    `alter role prior_auth_grafana password ${password};\n`,
  );
  if (reply.code !== 0) throw new Error(`Grafana's role has no password: ${reply.stderr.trim()}`);
}
