/**
 * English words that carry no topic: articles, pronouns, prepositions, auxiliaries, question words and a few fillers
 * of speech. Words of a question ("who", "when") are in it on purpose: they name what is asked for, not where it is.
 */
const WORDS = `
a about above across after again against all almost along already also although always am among an and another any
anybody anyone anything are aren around as at away
be became because been before behind being below beside between both but by
came can cannot could couldn
did didn do does doesn doing don done down during
each either else ever every everybody everyone everything
few for from further
gave get gets getting give given gives got
had hadn has hasn have haven having he hence her here hers herself him himself his how however
i if in into is isn it its itself
just
let like
made make many maybe me might mine more most much must mustn my myself
need neither never nor not now
of off often on once only onto or other others ought our ours ourselves out over own
per perhaps please
quite
rather really
same shall she should shouldn since so some somebody someone something such
than that the their theirs them themselves then there therefore these they this those though through thus to too toward
towards
under unless until up upon us
very via
was wasn we well were weren what whatever when whenever where wherever whether which while who whoever whom whose why
will with within without won would wouldn
yes yet you your yours yourself yourselves
`;

export const STOP_WORDS: ReadonlySet<string> = new Set(WORDS.split(/\s+/).filter((word) => word !== ''));
