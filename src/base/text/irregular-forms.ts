/**
 * Irregular English forms and the word each belongs to, which no suffix stripper finds: "bought" is asked for as
 * "buy". One base word a line, then its forms. Forms that are common words of their own ("left", "found", "saw" in
 * the shop, "felt") are in only where the verb is by far the likelier reading.
 */
const FORMS = `
arise arose arisen
awake awoke awoken
bad worse worst
bear bore borne
beat beaten
become became
begin began begun
bend bent
bite bit bitten
bleed bled
blow blew blown
break broke broken
breed bred
bring brought
build built
burn burnt
buy bought
catch caught
child children
choose chose chosen
come came
creep crept
criterion criteria
deal dealt
dig dug
draw drew drawn
dream dreamt
drink drank drunk
drive drove driven
eat ate eaten
fall fell fallen
feed fed
feel felt
fight fought
find found
flee fled
fly flew flown
foot feet
forbid forbade forbidden
forget forgot forgotten
forgive forgave forgiven
freeze froze frozen
go goes went gone
good better best
goose geese
grow grew grown
half halves
hang hung
hear heard
hide hid hidden
hold held
index indices
keep kept
kneel knelt
knife knives
know knew known
lay laid
lead led
leaf leaves
lean leant
learn learnt
leave left
lend lent
life lives
lose lost
man men
matrix matrices
mean meant
meet met
mouse mice
pay paid
person people
phenomenon phenomena
prove proven
ride rode ridden
ring rang rung
rise rose risen
run ran
say said
see saw seen
seek sought
sell sold
send sent
sew sewn
shake shook shaken
shine shone
shoot shot
show shown
sing sang sung
sink sank sunk
sit sat
sleep slept
slide slid
speak spoke spoken
spend spent
spin spun
stand stood
steal stole stolen
stick stuck
strike struck
swear swore sworn
sweep swept
swim swam swum
swing swung
take took taken
teach taught
tear tore torn
tell told
think thought
throw threw thrown
tooth teeth
understand understood
vertex vertices
wake woke woken
wear wore worn
weave wove woven
weep wept
wife wives
win won
wolf wolves
woman women
write wrote written
`;

function table(): Map<string, string> {
  const forms = new Map<string, string>();
  for (const line of FORMS.split('\n')) {
    const [base, ...others] = line.split(' ');
    for (const form of others) forms.set(form, base!);
  }
  return forms;
}

/** Irregular form → base word. */
export const IRREGULAR_FORMS: ReadonlyMap<string, string> = table();
