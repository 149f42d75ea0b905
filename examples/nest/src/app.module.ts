import { Module } from '@nestjs/common'
import { APP_FILTER } from '@nestjs/core'
import { TandemModule } from 'tandem-ml/nest'
import { HealthController } from './health.controller.ts'
import { config } from './tandem.config.ts'
import { TandemErrorFilter } from './tandem-error.filter.ts'
import { VisitorsController } from './visitors.controller.ts'

const { TANDEM_URL: url, TANDEM_KEY: key } = process.env

@Module({
  // A server where there is one, else Tandem in this process.
  imports: [TandemModule.forRoot(url === undefined ? { config } : { url, key })],
  controllers: [VisitorsController, HealthController],
  providers: [{ provide: APP_FILTER, useClass: TandemErrorFilter }],
})
export class AppModule {}
