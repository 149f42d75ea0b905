// What scripts/build-kernels.mjs makes of the sources in assembly/ now, to be held against what git keeps.

interface BuildKernels {
  readonly compileKernels: (module: unknown) => Promise<string>
  readonly MODULES: Readonly<Record<'learners' | 'fused' | 'nodes' | 'vectors', unknown>>
}

export async function builtKernels(module: keyof BuildKernels['MODULES']): Promise<string> {
  const script = new URL('../../../../scripts/build-kernels.mjs', import.meta.url)
  const { compileKernels, MODULES } = (await import(script.href)) as BuildKernels
  return compileKernels(MODULES[module])
}
