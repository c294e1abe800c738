import { about, type Finding, type Grammar, type Rule } from './rule.ts';

const ADVERBS = String.raw`(?:(?:really|strongly|generally|usually|always|much|still|also|personally|definitely|now|just|finally|already|currently|recently|eventually|officially|all|both|actually|absolutely|mostly|typically|normally|too)\s+)*`;

/** Refers to something at hand, which nobody will know later. */
const POINTING =
  /^(?:to )?(?:that(?! (?:you|we|all|every|my|the))|this|it|these|those|them|him|her|you|your|yours|neither|either|both|one|the (?:first|second|third|former|latter|other|last|one|option|approach|version|above|previous|next|new one|old one|same)|option\b|number \d|a\b.{0,12}\bone\b|not to (?:say|answer|tell|disclose|discuss)|nothing|everything|anything)\b|\b(?:this|that|your|like) (?:one|version|option|approach|idea|suggestion|this|that|these|those)\b|\bwith you\b/i;

const LIKED_UNFIT = new RegExp(
  `${POINTING.source}|^(?:the|his|her|their|our|how|what|where|why|who|so far|to (?:think|know|believe|say|imagine|ask|bother|be|admit|interrupt|break|see (?:that|this|it)))\\b`,
  'i',
);

const HABITS =
  'use|prefer|write|run|commit|push|deploy|merge|squash|rebase|format|name|put|keep|add|include|want|like|work|drink|eat|read|review|test|indent|avoid|start|open|code|take|travel|fly|wear|buy|choose|pick|set|type|log|sleep|wake|train|speak|answer|sign|store|check|document|tag|release|ship|lint|pin|cache|mock';
const ORDERS = `${HABITS}|reply|respond|call|make|give|show|ask|force|delete|remove|change|edit|touch|stop|be|explain|cite|quote|return|throw|import|save|send|share|tell|translate|say|address|begin|end|create|install|suggest|apologi[sz]e|assume|guess|mention|skip|wrap|comment|rename|print|leave|let|trust|rely|expose|disable|enable|round|sort|convert|schedule|book|order`;
/** A habit of failing is a complaint. */
const TROUBLE =
  /\b(?:errors?|fail\w*|crash\w*|exception|broken|wrong|stuck|lost|problem\w*|into (?:a|an|the|this)|trouble)\b/i;

const HABIT_UNFIT = new RegExp(`${POINTING.source}|^(?:into|out of|never|mind)\\b|${TROUBLE.source}`, 'i');

const ROLE =
  /(?:engineer|developer|programmer|designer|teacher|student|nurse|doctor|physician|lawyer|manager|architect|researcher|scientist|writer|author|journalist|analyst|consultant|accountant|founder|freelancer|contractor|intern|professor|librarian|translator|photographer|musician|artist|chef|pilot|parent|father|mother|dad|mom|vegetarian|vegan|beginner|novice|native speaker|citizen|resident|veteran|person|owl|lead|maintainer|admin|administrator|operator|sre|dba|phd|cto|ceo|[a-z]{4,}(?:ist|ian|ologist))$/i;

const PLACE =
  /^(?:(?:the|a|an|central|north(?:ern)?|south(?:ern)?|east(?:ern)?|west(?:ern)?|downtown|rural|[a-z]+ of)\s+){0,3}\p{Lu}/u;
const ORGANISATION =
  /^(?:\p{Lu}|an? [^,.]{0,40}\b(?:company|start-?up|bank|university|school|hospital|agency|non-?profit|lab|studio|firm|shop|library|museum|ministry)\b|the (?:\p{Lu}|[^,.]{0,40}\b(?:university|government|city|hospital|library|museum|bank)\b))/u;
const NAMED = /^(?:(?:an?|the|called|named)\s+){0,2}(?:\p{Lu}|\d|[`"])/u;

const THING =
  /\b(?:database|db|data store|cache|queue|message broker|broker|server|service|repo|repository|team|squad|lead|tech lead|manager|director|cto|ceo|cfo|designer|client|customer|vendor|provider|supplier|ci|ci system|pipeline|product|library|framework|platform|environment|cluster|api|gateway|dashboard|project|company|codename|code name|bundler|linter|formatter|test runner|package manager|orm|registry|monorepo|wiki|issue tracker|tracker|chat|search engine|store|proxy|load balancer|scheduler|warehouse|region|branch|domain|partner|sponsor|mentor|accountant|lawyer|owner|contact|office|mascot|stack|language|tool|app|website)\b/i;
const NO_NAME =
  /^(?:this|that|it|he|she|they|there|here|what|which|who|today|tomorrow|yesterday|time|next|now|one|everything|nothing|something|someone|everyone|my|your|his|her|their|the|a|an|so|and|but|if|security|speed|quality|simplicity|money|performance)\b/i;

const DECIDED_UNFIT = new RegExp(
  `${POINTING.source}|^(?:the (?:branch|tab|window|directory|folder|file|page)|a different|another|on (?:it|that|this)|to (?:it|that|this))\\b`,
  'i',
);

const CAUSE_UNKNOWN =
  /\b(?:unknown|unclear|not (?:clear|known|found|yet)|still|yet|hard to|difficult to|to be determined|tbd)\b|^(?:it|that|this)\b.{0,3}$/i;

const PROFILE_RULES: readonly Rule[] = [
  one(/^my (?:full |first |last |given )?name(?:'s|’s| is) (?<v>\p{Lu}.*)/iu, (v) =>
    /^\p{Lu}/u.test(v) ? fact('name', 'name') : undefined,
  ),
  one(/^(?:please |you can |just |you may )*call me (?<v>.+)/i, (v) =>
    /^\p{Lu}[\p{L}'’-]*(?: \p{Lu}[\p{L}'’-]*)?[.!]?$/u.test(v) &&
    !/^(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day|^(?:Back|Later|Crazy|Maybe)/.test(v)
      ? fact('called', 'called')
      : undefined,
  ),
  one(/^i(?:'m|’m| am) (?:an?|the) (?<v>[^,.;!?]+)/i, (v) => {
    const noun =
      v.split(
        /\s+(?:at|in|from|with|by|working|based|for|who|and|of|on|living|here|but|that|so|now|since)\b/i,
      )[0] ?? '';
    return ROLE.test(noun.trim()) ? { category: 'profile', subject: noun } : undefined;
  }),
  one(/^i(?:'m|’m| am) (?<v>(?:allergic to|severely allergic to) [^,.;]+)/i, (v) => ({
    category: 'profile',
    subject: v,
  })),
  one(
    /^i(?:'m|’m| am) (?<v>(?:strictly |also )?(?:vegetarian|vegan|left-handed|right-handed|colou?r[- ]?blind|dyslexic|diabetic|lactose[- ]intolerant|gluten[- ]intolerant|retired|self-employed|deaf|blind))\b/i,
    (v) => ({ category: 'profile', subject: v }),
  ),
  one(/^i(?:'m|’m| am) (?:currently |now )?(?:based|located|living) in (?<v>.+)/iu, (v) =>
    PLACE.test(v) ? fact('residence', 'lives') : undefined,
  ),
  one(/^i(?:'m|’m| am)(?: originally)? from (?<v>.+)/iu, (v) =>
    PLACE.test(v) ? fact('origin', 'from') : undefined,
  ),
  one(/^i(?:'m|’m| am) (?<v>\d{1,3}) years old/i, () => fact('age', 'age')),
  one(/^i (?:currently |now |still )?(?:live|reside) (?:in|near|outside|on) (?<v>.+)/iu, (v) =>
    PLACE.test(v) ? fact('residence', 'lives') : undefined,
  ),
  one(/^i (?:currently |now |still )?work (?:at|for) (?<v>.+)/iu, (v) =>
    ORGANISATION.test(v) ? fact('employer', 'works at') : undefined,
  ),
  one(/^i (?:currently |now |still )?work as (?:an?|the) (?<v>.+)/i, () => fact('job', 'works as')),
  one(
    /^i (?:currently |now |still )?work (?:in|on) (?<v>the [^,.]*\b(?:team|department|industry|group|division)\b|finance|healthcare|education|marketing|sales|IT\b|research|logistics|insurance)/i,
    () => fact('team', 'works in'),
  ),
  one(/^i speak (?<v>(?:fluent |native |some )?\p{Lu}.+)/iu, (v) =>
    /\p{Lu}/u.test(v) ? { category: 'profile', subject: `speaks ${v}` } : undefined,
  ),
  one(/^i (?:was born|grew up) (?:in|on) (?<v>.+)/iu, (v) =>
    /^(?:the )?[\p{Lu}\d]/u.test(v) ? { category: 'profile', subject: `born ${v}` } : undefined,
  ),
  one(
    /^i have (?<v>(?:an?|one|two|three|four|five|\d) (?:[a-z]+ )?(?:kids?|children|sons?|daughters?|dogs?|cats?|brothers?|sisters?|phd|degree)\b.*)/i,
    (v) => ({ category: 'profile', subject: v }),
  ),
  {
    pattern: /^my (?<who>[\p{L}'’ ]{2,30}?)(?:'s|’s)? name(?:'s|’s| is) (?<v>.+)/iu,
    find: ({ who = '', v = '' }) =>
      /^\p{Lu}/u.test(v) ? fact(`name of ${who}`, `name of ${who}`) : undefined,
  },
  {
    pattern:
      /^my (?<attr>time ?zone|birthday|date of birth|pronouns|job|role|title|job title|occupation|profession|native language|mother tongue|first language|website|github(?: handle| username)?|company|employer|team|manager|boss|wife|husband|partner|spouse|son|daughter|dog|cat|hometown|nationality|locale|keyboard layout|operating system|os|laptop|computer|phone|car|email|email address)(?: is|'s|’s| are) (?<v>.+)/iu,
    find: ({ attr = '', v = '' }) =>
      NAMED.test(v) ||
      (/^(?:pronouns|time ?zone|native|mother|first)/i.test(attr) && /^[\p{L}/+-]+[.!]?$/u.test(v))
        ? fact(attr, attr)
        : undefined,
  },
];

const PREFERENCE_RULES: readonly Rule[] = [
  { pattern: new RegExp(`^i ${ADVERBS}prefer (?<o>.+)`, 'i'), find: about('preferences', 'o', POINTING) },
  {
    pattern: new RegExp(
      `^i ${ADVERBS}(?:like|love|enjoy|dislike|hate|don['’]t (?:really )?like|do not like|can['’]t stand|cannot stand) (?<o>.+)`,
      'i',
    ),
    find: about('preferences', 'o', LIKED_UNFIT),
  },
  {
    pattern: new RegExp(
      `^i (?:almost )?(?:always|never|usually|typically|mostly|normally|generally|only|rarely) (?:${HABITS}) (?<o>.+)`,
      'i',
    ),
    find: about('preferences', 'o', HABIT_UNFIT),
  },
  {
    pattern:
      /^i use (?<o>[^,.;]{1,60}? (?:(?:as|for) (?:my|all|every|most)\b.*|every day|daily|for everything|everywhere)[.!]?$)/i,
    find: about('preferences', 'o', HABIT_UNFIT),
  },
  {
    pattern:
      /^my (?<attr>(?:favou?rite|preferred|default|usual|go-to) [\p{L}\d -]{2,40}?) (?:is|are) (?<o>.+)/iu,
    find: ({ attr = '', o = '' }) =>
      POINTING.test(o) ? undefined : { category: 'preferences', subject: attr, attribute: attr },
  },
  {
    pattern: new RegExp(
      `^(?:please |pls )?(?:always|never(?: ever)?|don['’]t (?:you )?ever|do not ever|only ever) (?<o>(?:${ORDERS})\\b .+)`,
      'i',
    ),
    find: ({ o = '' }) => {
      const rest = o.replace(/^\S+\s+/, '');
      return POINTING.test(rest) || /^(?:never|mind)\b/i.test(rest)
        ? undefined
        : { category: 'preferences', subject: o };
    },
  },
  {
    pattern: new RegExp(
      `^(?:from now on|going forward|in (?:the )?future|as a rule|by default|for all future [a-z]+),? (?<o>(?:please |pls )?(?:you should |i want you to )?(?:always|never|don['’]t|do not|no|only|${ORDERS})\\b .+)`,
      'i',
    ),
    find: about('preferences', 'o', /^$/),
  },
  {
    pattern: /^i (?:want|need|expect|would like) you to (?<o>(?:always|never) .+)/i,
    find: about('preferences', 'o', /^$/),
  },
];

const EVENT_RULES: readonly Rule[] = [
  {
    pattern: new RegExp(
      `^(?:we|i|the team|our team)(?:['’]ve| have)? ?${ADVERBS}(?:decided|agreed|voted) (?<o>(?:not )?(?:to|on|that|against|we)\\b .+)`,
      'i',
    ),
    find: about('events', 'o', DECIDED_UNFIT),
  },
  {
    pattern: new RegExp(
      `^(?:we|i|the team)(?:['’]ve| have)? ?${ADVERBS}(?:chose|chosen|settled on|picked|standardi[sz]ed on|adopted) (?<o>.+)`,
      'i',
    ),
    find: about('events', 'o', LIKED_UNFIT),
  },
  {
    pattern:
      /^let['’]?s (?:go with|use|stick with|stick to|adopt|switch to|settle on|standardi[sz]e on) (?<o>.+)/i,
    find: about('events', 'o', LIKED_UNFIT),
  },
  {
    pattern:
      /^we(?:['’]re| are|['’]ll| will)(?: be)? (?:going with|go with|switching to|moving to|migrating to|adopting|standardi[sz]ing on) (?<o>.+)/i,
    find: about('events', 'o', DECIDED_UNFIT),
  },
  {
    pattern: new RegExp(
      `^(?:we|the team)(?:['’]ve| have)? ?${ADVERBS}(?:moved|migrated|switched|upgraded|transitioned) (?<o>(?:[^.]{0,60}\\b)?(?:from [^.]+ )?to .+)`,
      'i',
    ),
    find: about('events', 'o', DECIDED_UNFIT),
  },
  {
    pattern: new RegExp(
      `^i(?:['’]ve| have)? ?${ADVERBS}(?:moved|relocated|switched) (?<o>(?:from .+ )?to .+)`,
      'i',
    ),
    find: ({ o = '' }) =>
      /\bto (?:the )?\p{Lu}/u.test(o) && !DECIDED_UNFIT.test(o)
        ? { category: 'events', subject: o }
        : undefined,
  },
  {
    pattern: new RegExp(
      `^i(?:['’]ve| have)? ?${ADVERBS}(?<o>(?:joined|left|started (?:at|working at|working for)|graduated from) .+|(?:quit|changed) my job.*|got (?:married|engaged|promoted|divorced|hired).*|started a new job.*|retired.*)`,
      'i',
    ),
    find: ({ o = '' }) =>
      /^(?:joined|left|started (?:at|working)|graduated)/i.test(o) && !/ (?:the )?\p{Lu}/u.test(o)
        ? undefined
        : { category: 'events', subject: o },
  },
  {
    pattern: new RegExp(
      `^we(?:['’]ve| have)? ?${ADVERBS}(?<o>(?:launched|released|shipped|rolled out|deprecated|hired|acquired|cancell?ed|postponed|went live with|signed) .+)`,
      'i',
    ),
    find: ({ o = '' }) =>
      POINTING.test(o.replace(/^(?:rolled out|went live with|\S+) /i, ''))
        ? undefined
        : { category: 'events', subject: o },
  },
];

const CASE_RULES: readonly Rule[] = [
  {
    pattern:
      /^(?:it )?(?:turn(?:s|ed) out )?(?:that )?(?:the |our )?(?:actual |real |underlying )?(?:root cause|culprit)(?: (?:of|for|behind|here|in) [^.:]{1,60}?)?(?: here)?(?: was| is| turned out to be|:) (?<o>.+)/i,
    find: about('cases', 'o', CAUSE_UNKNOWN),
  },
  {
    pattern:
      /^(?:it turned out (?:that )?)?the (?<o>[\p{L}\d\s`'_-]{2,60}?(?: (?:was|were) (?:finally |actually )?(?:caused by|due to|fixed by|solved by|resolved by)| turned out to be caused by| happened because| came from) .+)/iu,
    find: about('cases', 'o', CAUSE_UNKNOWN),
  },
  {
    pattern: /^the (?:fix|solution|workaround)(?: (?:for|to) [^.]{1,60}?)? (?:was|is) to (?<o>.+)/i,
    find: about('cases', 'o', CAUSE_UNKNOWN),
  },
  {
    pattern:
      /^(?:it was |this was |that was |i |we )?(?:have )?(?:finally |eventually )?(?:fixed|solved|resolved)(?: (?:it|this|that|the [^.]{1,50}?))? by (?<o>.+)/i,
    find: about(
      'cases',
      'o',
      new RegExp(`^(?:doing )?(?:that|this|it|what)\\b|${CAUSE_UNKNOWN.source}`, 'i'),
    ),
  },
];

const ENTITY_RULES: readonly Rule[] = [
  {
    pattern: /^(?<x>[\p{Lu}`][^,.;:]{0,40}?) is our (?<y>[^,.;]{2,60})/u,
    find: ({ x = '', y = '' }) => entity(x, y),
  },
  {
    pattern: /^[Oo]ur (?<y>[^,.;]{2,50}?) (?:is|are)(?: called| named)? (?<x>[\p{Lu}`][^,;]{0,60})/u,
    find: ({ x = '', y = '' }) =>
      THING.test(y) && !/^I\b/.test(x)
        ? { category: 'entities', subject: y, attribute: `our ${y}` }
        : undefined,
  },
  {
    pattern:
      /^(?<x>[\p{Lu}`]\S*(?: [\p{Lu}\d]\S*){0,3}) is (?:the|an?) (?<y>[^,.]{2,60}?) (?:that )?we (?:all )?use\b/u,
    find: ({ x = '', y = '' }) => entity(x, y),
  },
  {
    pattern:
      /^(?<x>\p{Lu}\S*(?: \p{Lu}\S*){0,2}) (?:owns|leads|maintains|runs|manages) (?:our|the) (?<y>[^,.]{2,60})/u,
    find: ({ x = '', y = '' }) => entity(x, y),
  },
];

const PATTERN_RULES: readonly Rule[] = [
  {
    pattern: /^(?:whenever|every time|each time) (?<o>.+, (?:i|we|please|always|first)\b .+)/i,
    find: about('patterns', 'o', TROUBLE),
  },
  {
    pattern: new RegExp(`^we (?:always|usually|normally|typically|never|only) (?:${HABITS}) (?<o>.+)`, 'i'),
    find: about('patterns', 'o', HABIT_UNFIT),
  },
  {
    pattern: new RegExp(
      `^(?:we|i) (?<o>(?:${HABITS}|meet|plan) .*\\b(?:every|each) (?:other )?(?:day|morning|evening|night|week|month|quarter|monday|tuesday|wednesday|thursday|friday|saturday|sunday|sprint)\\b.*)`,
      'i',
    ),
    find: about('patterns', 'o', TROUBLE),
  },
];

export const ENGLISH: Grammar = {
  leadIn:
    /^(?:(?:(?:hi|hello|hey|thanks|thank you)(?: [\p{L}-]+)?[,!.]|(?:also|and|but|so|well|ok(?:ay)?|yes|yeah|yep|no|right|sure|great|cool|btw|by the way|fyi|just so you know|for context|for the record|in general|generally|personally|actually|honestly|important(?:ly)?|one more thing|quick note|finally|update|good news|oh|after (?:some|a long|much) (?:debate|discussion|thought)|yesterday|today|last (?:week|month|year|night)|this (?:week|morning|month)|as of (?:today|now)|in the end|quick (?:one|question|note)|as (?:discussed|agreed|mentioned|said)(?: [\p{L} ]{1,30})?)\b[,.:;!–—-]*)\s+)+/iu,
  notStated:
    /\?|\b(?:if|whether|unless|suppose|supposing|imagine|assuming|pretend|hypothetically|would|could|might|maybe|perhaps|probably|possibly|not sure|unsure|i guess|i suppose|i wonder|i think|don['’]t know|do not know|used to|kidding|joking|jk|allegedly|supposedly|i doubt|what if)\b|^(?:for example|for instance|e\.g\.)/i,
  clauseBreak: /(?:,\s+(?:and|but|so)|;|\s+and|,)\s+(?=(?:i(?:'m|’m)?|my|we|please|always|never)\s)/i,
  remember: [
    /^(?:please |pls |just |and )*(?:remember|keep in mind|bear in mind|make a note|take note)(?: that|:| this:|,)? (?<inner>.+)/i,
    /^(?:please )?(?:don['’]t|do not) forget(?: that|:) (?<inner>.+)/i,
    /^for future reference[,:] (?<inner>.+)/i,
  ],
  notRemembered:
    /^(?:when|the time|how|what|who|why|where|which|last|me\b|you\b|us\b|him|her|them|back|it|this|that|the (?:good )?old|to (?!always|never|use|avoid|not))/i,
  rules: [
    ...PROFILE_RULES,
    ...PREFERENCE_RULES,
    ...EVENT_RULES,
    ...CASE_RULES,
    ...ENTITY_RULES,
    ...PATTERN_RULES,
  ],
};

/** A rule on the single group `v`. */
function one(pattern: RegExp, find: (value: string) => Finding | undefined): Rule {
  return { pattern, find: ({ v = '' }) => find(v.trim()) };
}

function fact(subject: string, attribute: string): Finding {
  return { category: 'profile', subject, attribute: attribute.toLowerCase() };
}

function entity(name: string, what: string): Finding | undefined {
  if (NO_NAME.test(name) || !THING.test(what) || name.split(/\s+/).length > 4) return undefined;
  return { category: 'entities', subject: name, attribute: `${name} is ${what}` };
}
