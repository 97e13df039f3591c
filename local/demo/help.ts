export const HELP = `Usage: npm run demo

Sends a normal, a slow and a malformed request to a running system (npm run local, or the Docker stack) and shows of each
the answer, WHERE the time went (its trace), WHAT was counted (/metrics), and WHY it was decided so (its audit events,
or its faults and its log line). Ends with 1, and names it, when any of these is missing or wrong.

  --help  print this

API_PORT and TRACES_PORT, from the environment or from .env, say where the system is.`;
