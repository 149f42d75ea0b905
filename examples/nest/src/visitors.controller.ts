import { Body, Controller, HttpCode, Inject, Post } from '@nestjs/common'
import { TandemClient } from 'tandem-ml/nest'
import type { config } from './tandem.config.ts'

interface Visitor {
  readonly visits: number
  readonly returning: boolean
  readonly plan: 'free' | 'pro'
}

@Controller('visitors')
export class VisitorsController {
  constructor(@Inject(TandemClient) private readonly tandem: TandemClient<typeof config>) {}

  @Post('score')
  @HttpCode(200)
  async score(@Body() visitor: Visitor) {
    const { value, confidence, predictionId, source } = await this.tandem.models.buys.predict(visitor)
    return { buys: value, confidence, predictionId, source }
  }

  @Post('outcomes')
  @HttpCode(200)
  outcomes(@Body() { outcomes }: { outcomes: { predictionId: string; value: 'no' | 'yes' }[] }) {
    return this.tandem.models.buys.recordOutcomes(outcomes)
  }
}
