// Public surface of `tandem-ml/nest`.
export { TandemClient } from './tandem-client.ts'
export { type TandemHealth, TandemHealthIndicator } from './tandem-health-indicator.ts'
export { type TandemDynamicModule, TandemModule, type TandemModuleAsyncOptions, type TandemModuleOptions } from './tandem-module.ts'
