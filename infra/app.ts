/** What cdk.json runs; the CDK synthesises when this process is about to end. */
import { createApp } from './create-app.ts';

createApp();
