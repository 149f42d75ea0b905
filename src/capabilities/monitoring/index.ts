// Monitoring: how models do in service.
export { createMonitoring, type Monitoring, type MonitoringOptions } from './monitoring.ts'
export type { ModelPerformance, Performance, PerformanceItem, PerformanceWindow } from './schema.ts'
