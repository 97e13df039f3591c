/** What a token may allow. */
export const SCOPES = [
  { name: 'submit', description: 'Submit a prior authorization' },
  { name: 'read', description: 'Read the requests of its own' },
  { name: 'read-all', description: 'Read the requests of every submitter' },
  { name: 'metrics', description: 'Scrape the metrics' },
] as const;
export type Scope = (typeof SCOPES)[number]['name'];
