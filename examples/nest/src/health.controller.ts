import { Controller, Get, Inject } from '@nestjs/common'
import { TandemHealthIndicator } from 'tandem-ml/nest'

@Controller('health')
export class HealthController {
  constructor(@Inject(TandemHealthIndicator) private readonly tandem: TandemHealthIndicator) {}

  // With @nestjs/terminus: this.health.check([() => this.tandem.isHealthy()])
  @Get()
  health() {
    return this.tandem.isHealthy()
  }
}
