/**
 * What is tested sees the environment that it has elsewhere: the CDK, for one, ends otherwise where NODE_ENV is `test`.
 */
delete process.env['NODE_ENV'];
