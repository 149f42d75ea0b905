import { describe, expect, test } from 'vitest'
import { createLog, redactSecrets } from './log.ts'
import { createMetrics } from './metrics.ts'
import { CounterSeries, MAX_CELLS } from './series.ts'

const KEY = 'tdm_4fGh82kdQwErTyUiOpAsDfGhJkLzXcVbNm1234567890ab'

function collect() {
  const lines: string[] = []
  return { lines, destination: { write: (line: string) => void lines.push(line) } }
}

describe('createLog', () => {
  test('never writes a key, wherever it stands', () => {
    const { lines, destination } = collect()
    const log = createLog({ logLevel: 'info', destination })
    log.info({ headers: { authorization: `Bearer ${KEY}`, cookie: 'tandem=abc', 'x-api-key': KEY } }, 'headers')
    log.info({ url: `/?token=one-time-secret-123&a=1`, nested: { note: `was ${KEY}!` } }, `the key ${KEY} was used`)
    log.error({ err: new Error(`cannot connect to postgres://me:hunter2@db/tandem with ${KEY}`) }, 'failed')
    log.child({ apiKey: KEY }).warn({}, 'child')
    const all = lines.join('')
    expect(lines).toHaveLength(4)
    expect(all).not.toContain(KEY)
    expect(all).not.toContain('tandem=abc')
    expect(all).not.toContain('one-time-secret-123')
    expect(all).not.toContain('hunter2')
    for (const line of lines) expect(() => JSON.parse(line)).not.toThrow()
  })

  test('keeps the short prefix by which a key is recognised', () => {
    expect(redactSecrets('tdm_4fGh82kd')).toBe('tdm_4fGh82kd')
  })

  test('writes nothing below its level, and one short line when pretty', () => {
    const { lines, destination } = collect()
    const log = createLog({ logLevel: 'warn', pretty: true, destination })
    log.info({}, 'quiet')
    log.warn({ model: 'match', err: new Error('boom') }, 'Slow')
    expect(lines).toHaveLength(1)
    expect(lines[0]).toMatch(/^\d\d:\d\d:\d\d warn {2}Slow {2}model=match\nError: boom/)
  })
})

describe('createMetrics', () => {
  test('prints the promised names in the exposition format', async () => {
    const metrics = createMetrics({ version: '1.2.3' })
    metrics.jobCounts(async () => ({ queued: 3, running: 1 }))
    const meter = metrics.route('POST', '/v1/models/:model/predict')
    meter.observe(200, 0.003)
    meter.observe(200, 99)
    metrics.predictions('match', '20260101_000000', 'model').observe(5, 0.0002)
    metrics.predictions('match', '', 'fallback', 'no_version').observe(1, 0.0002)
    metrics.observeJob('train', 'succeeded', 2)
    metrics.countLoadShed()
    const { text, contentType } = await metrics.render()
    metrics.close()
    expect(contentType).toContain('text/plain')
    const labels = 'method="POST",route="/v1/models/:model/predict",status="200"'
    for (const line of [
      `tandem_http_requests_total{${labels}} 2`,
      `tandem_http_request_duration_seconds_bucket{${labels},le="0.0025"} 0`,
      `tandem_http_request_duration_seconds_bucket{${labels},le="0.005"} 1`,
      `tandem_http_request_duration_seconds_bucket{${labels},le="+Inf"} 2`,
      `tandem_http_request_duration_seconds_count{${labels}} 2`,
      'tandem_predictions_total{model="match",version="20260101_000000",outcome="model"} 5',
      'tandem_prediction_duration_seconds_count{model="match"} 2',
      'tandem_prediction_log_dropped_total 0',
      'tandem_fallback_total{model="match",reason="no_version"} 1',
      'tandem_jobs{status="queued"} 3',
      'tandem_job_duration_seconds_sum{kind="train",status="succeeded"} 2',
      'tandem_load_shed_total 1',
      'tandem_rate_limited_total 0',
      'tandem_build_info{version="1.2.3"',
      'tandem_process_resident_memory_bytes ',
      'tandem_event_loop_delay_p99_seconds ',
    ]) {
      expect(text).toContain(line)
    }
    expect(text).toContain('# TYPE tandem_http_request_duration_seconds histogram')
  })

  test('still answers when the database does not', async () => {
    const metrics = createMetrics({ version: '1' })
    metrics.jobCounts(() => Promise.reject(new Error('gone')))
    expect((await metrics.render()).text).toContain('tandem_build_info')
    metrics.close()
  })

  test('holds a bounded number of label values', () => {
    const series = new CounterSeries('x', 'x', ['model'])
    for (let index = 0; index < MAX_CELLS + 50; index += 1) series.cell(`model${index}`).value += 1
    expect(series.get().values.length).toBe(MAX_CELLS + 1)
    expect(series.cell('other').value).toBe(50)
  })
})
