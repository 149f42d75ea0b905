// What stands in a form before anybody types: values as the training rows had them.
import type { FeatureProfile, Profile } from '../../../../../src/capabilities/models/reports/schema.ts'
import { type FormProperty, type FormTexts, propertiesOf } from '../../../ui/schema-form.tsx'

/** Values of the training rows, or of the schema where nothing is known of them. */
export function typicalTexts(schema: unknown, profile: Profile | undefined): FormTexts {
  const profiles = new Map(profile?.features.map((feature) => [feature.name, feature]))
  return Object.fromEntries(propertiesOf(schema).map((property) => [property.name, typicalText(property, profiles.get(property.name))]))
}

function typicalText({ kind, choices, minimum, maximum, required }: FormProperty, profile: FeatureProfile | undefined): string {
  if (profile !== undefined && profile.typical !== null) return String(profile.typical)
  if (!required) return ''
  if (kind === 'boolean') return 'false'
  if (kind === 'choice') return choices[0] ?? ''
  if (kind === 'text') return ''
  const middle = minimum !== undefined && maximum !== undefined ? (minimum + maximum) / 2 : (minimum ?? maximum ?? 0)
  return String(kind === 'integer' ? Math.round(middle) : middle)
}
