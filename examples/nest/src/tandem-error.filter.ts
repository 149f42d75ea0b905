import { type ArgumentsHost, Catch, type ExceptionFilter } from '@nestjs/common'
import { BaseExceptionFilter } from '@nestjs/core'
import { STATUS, TandemError } from 'tandem-ml'

/** Answers with the code, the sentence and the wrong places of a TandemError; everything else as Nest does. */
@Catch()
export class TandemErrorFilter extends BaseExceptionFilter implements ExceptionFilter {
  override catch(error: unknown, host: ArgumentsHost): void {
    if (TandemError.is(error)) {
      const { code, message, errors } = error
      host.switchToHttp().getResponse().status(STATUS[code]).json({ code, detail: message, errors })
    } else super.catch(error, host)
  }
}
