/** `npm run doctor`: one marked request through the running system, hop by hop. Ends with 1 when a hop is broken. */
import { messageOf, orEnd, runToEnd } from '../machine/command.ts';
import { readSettings, type Settings } from '../machine/settings.ts';
import { examine } from './examine.ts';
import type { Hop } from './hop.ts';
import { parseDoctorOptions, type DoctorOptions } from './options.ts';
import { createProgress } from './progress.ts';
import { firstBroken, renderHeading, renderHop, renderSummary, toDocument } from './report.ts';
import { judgeSettings } from './settings-fault.ts';
import { findSystem } from './system.ts';

const options = orEnd(parseDoctorOptions(process.argv.slice(2)));

// Whoever read the output is gone (`npm run doctor | head -3`).
process.stdout.on('error', () => process.exit(1));

await runToEnd(() => diagnose(options));

/** @returns the exit code */
async function diagnose({ json }: DoctorOptions): Promise<number> {
  const settings = readOrJudge();
  const progress = createProgress(process.stderr);
  const print = (line: string) => {
    progress.clear();
    if (!json) console.log(line);
  };
  const hop = (each: Hop) => print(renderHop(each));
  if ('state' in settings) {
    hop(settings);
    if (json) console.log(toDocument({ hops: [settings], marked: undefined }, undefined));
    return 1;
  }
  const system = findSystem(settings);
  print(renderHeading(system));
  const course = await examine(system, { hop, waiting: (waitingFor) => progress.show(waitingFor) });
  print(renderSummary(course.hops));
  if (json) console.log(toDocument(course, system));
  return firstBroken(course.hops) === undefined ? 0 : 1;
}

/** A setting that the launcher would refuse is the first broken hop. */
function readOrJudge(): Settings | Hop {
  try {
    return readSettings();
  } catch (error) {
    return judgeSettings(messageOf(error));
  }
}
