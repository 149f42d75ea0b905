// English function words: articles, pronouns, prepositions, auxiliaries and their like. Words that carry a meaning of their own
// ("not", "no", "never", "against") are left in, because leaving them out turns the sense of a review around.

export const ENGLISH_STOP_WORDS: readonly string[] =
  `a about above after again all also am an and any are as at be because been before being below between both but by can could did do
  does doing done down during each either else ever every few for from further had has have having he her here hers herself him himself
  his how however i if in into is it its itself just let may me might mine more most much must my myself of off on once one only onto or
  other our ours ourselves out over own per quite rather same shall she should since so some somewhat still such than that the their
  theirs them themselves then there these they this those though through thus to too under until up upon us very was we were what when
  where whether which while who whom whose why will with within would yet you your yours yourself yourselves`.split(/\s+/)
