/**
 * The template, looked at from all sides: in one process, since loading the CDK takes longer than all of the
 * assertions.
 */
import './checks/acknowledgements.ts';
import './checks/checks.ts';
import './checks/reach.ts';
import './checks/time-limits.ts';
import './stack/api.ts';
import './stack/bridge.ts';
import './stack/database.ts';
import './stack/functions.ts';
import './stack/keys.ts';
import './stack/monitoring.ts';
import './stack/network.ts';
import './stack/permissions.ts';
import './stack/secrets.ts';
import './stack/stages.ts';
import './stack/traces.ts';
