require('@aws/aws-distro-opentelemetry-node-autoinstrumentation/lite').configureLiteMode();
