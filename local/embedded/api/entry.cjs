/**
 * The handler of every function as the emulator loads it: the built bundle, and before it one event that only has the
 * environment loaded, as Lambda does for provisioned concurrency. No other event is touched.
 */
const { handler } = require(process.env.FUNCTION_BUNDLE);

exports.handler = async (event, context) => (event?.warm === process.env.WARM_MARK ? null : handler(event, context));
