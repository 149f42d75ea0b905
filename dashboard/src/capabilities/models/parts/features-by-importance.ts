import type { Version } from '../../../../../src/capabilities/models/schema.ts'
import { propertiesOf } from '../../../ui/schema-form.tsx'

/** The features of a version, those it leans on most first. */
export function featuresByImportance({ features, permutationImportances, importances }: Version): string[] {
  const weight = (name: string): number => permutationImportances[name]?.mean ?? importances[name] ?? 0
  return propertiesOf(features)
    .map(({ name }) => name)
    .sort((a, b) => weight(b) - weight(a))
}
