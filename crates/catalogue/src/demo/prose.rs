//! Sentences about events and performers. `{name}` and `{place}` are filled in. Sentences about
//! an event avoid verbs that would have to know whether the performer is one or many.

use super::{performers::Genre, venues::Kind};

/// Sentences that can open and go on a description of an event.
pub(super) struct Voice {
    pub openings: &'static [&'static str],
    pub middles: &'static [&'static str],
}

#[rustfmt::skip]
const JAZZ: Voice = Voice {
    openings: &[
        "Two sets from {name}, most of the second written on the train here.",
        "An evening with {name}: standards before the interval, anything at all after it.",
        "New music from {name}, heard in this city for the first time.",
        "The record came out in spring; tonight {name} and the tunes meet an audience again.",
        "A programme of ballads and blues with {name}, at the tempo of a long conversation.",
        "Old songs taken apart and put together again by {name}, slowly and with good humour.",
        "{name}, unhurried and close enough to hear the breath before the note.",
        "Written music on the stands, and {name} looking at it less and less as the night goes on.",
        "The return of {name}, after a year of studios and other people's stages.",
    ],
    middles: &[
        "Expect long forms, short announcements and one waltz.",
        "The repertoire runs from Ellington to tunes finished last week.",
        "Reviewers keep using the word patience, and they mean it kindly.",
        "No two nights of this tour have had the same set list.",
        "The rhythm section has played together for eleven years, and it shows.",
        "There will be at least one song everybody knows, though perhaps not at once.",
        "Requests are welcome in the second set and are sometimes granted.",
        "Most of it is quiet, and none of it is background.",
    ],
};
#[rustfmt::skip]
const ROCK: Voice = Voice {
    openings: &[
        "{name} on the road with a new album and the old songs.",
        "Loud, exact and over in ninety minutes: {name} live.",
        "After a year of festivals, {name} indoors at last.",
        "The last time, the queue for {name} went twice round the block.",
        "Eleven songs from the new record, eight that everybody came for: {name} in full voice.",
        "A band that rehearses in a boathouse and sounds like it: {name}.",
        "An evening with {name}, from the first single to songs that nobody has heard yet.",
        "New songs, new lights and no support act: the whole evening belongs to {name}.",
    ],
    middles: &[
        "The set leans on the new record and saves the singing along for the end.",
        "Earplugs are at the door, free, and nobody will think less of you.",
        "Support comes from a local band chosen by the headliners themselves.",
        "Those who have seen the show say to stay for the encore.",
        "The album was recorded in nine days, which is roughly how it sounds.",
        "There is a slow song. There is only one.",
        "Expect guitars, a borrowed organ, and very little talking in between.",
    ],
};
#[rustfmt::skip]
const POP: Voice = Voice {
    openings: &[
        "{name}, eighteen songs and a band of nine.",
        "Everything from the record that was on every radio last summer, and {name} singing it without a net.",
        "The tour sold out in an hour last year; {name} comes back with more dates and more songs.",
        "An evening with {name}: the hits, and the stories they were made from.",
        "A new album, a new stage and the same voice: {name}.",
        "From bedroom recordings to this: {name} and a full band.",
        "{name} in a room small enough to see the whole face, or large enough to dance at the back.",
    ],
    middles: &[
        "The second half is for dancing, and the ushers have been told.",
        "Two of the songs have never been played on a stage before.",
        "The costumes alone took four months.",
        "Bring somebody who claims not to like pop music.",
        "The quiet part in the middle, with only a piano, is what people talk about afterwards.",
        "Support is to be announced, and has been good so far.",
    ],
};
#[rustfmt::skip]
const ELECTRONIC: Voice = Voice {
    openings: &[
        "A live set by {name}: no laptop, forty cables, and nothing played twice.",
        "{name}, four hours, one arc.",
        "The new album by {name} as a piece for darkness and one moving light.",
        "Machines that drift, and {name} steering them.",
        "{name} with the set that closed three festivals last summer.",
        "Slow at first: {name} takes the first hour to arrive and the second to leave.",
        "Analogue instruments, recorded birds and a very large sound system, played by {name}.",
    ],
    middles: &[
        "The sound system was brought in for the night.",
        "Phones stay in pockets; there is nothing to film anyway.",
        "Friends of the house play before and after.",
        "It is best heard from the middle of the room.",
        "The visuals are drawn live, on paper, under a camera.",
        "Expect silence at least once.",
    ],
};
#[rustfmt::skip]
const FOLK: Voice = Voice {
    openings: &[
        "Songs from home and from the road, with {name}.",
        "{name}: fiddle, voices and a foot on a wooden board.",
        "Tunes that have been played at weddings for two hundred years, and some that will be, from {name}.",
        "An evening of songs with {name}, most of them true.",
        "The railway tour of {name}: by train, and with as few microphones as possible.",
        "Ballads, reels and one long story about a boat, told by {name}.",
        "{name} with a new collection of very old songs.",
    ],
    middles: &[
        "You will be asked to sing, but only the easy part.",
        "Every song comes with the name of the person it was learned from.",
        "There is dancing at the back for those who cannot help it.",
        "The second half begins with whatever was requested in the first.",
        "Some of it is sad. The tunes after the sad ones are fast.",
        "Instruments on stage: eleven. Players: rather fewer.",
    ],
};
#[rustfmt::skip]
const HIP_HOP: Voice = Voice {
    openings: &[
        "{name} with a live band, horns included.",
        "The new tape front to back, and then whatever the room asks for: {name}.",
        "{name}, two turntables and a guest list nobody will confirm.",
        "Ten years after the first mixtape, {name} on a proper stage.",
        "Words first: {name} with the lights up and the beats down.",
        "A homecoming of sorts for {name}, who recorded half of the album around the corner.",
    ],
    middles: &[
        "Local openers begin as the doors do, and they are worth being early for.",
        "Verses in three languages, a chorus in one.",
        "The band has learned eighty minutes of music that was made on one sampler.",
        "Guests have turned up on every night of this tour so far.",
        "Signed records afterwards at the side of the stage.",
    ],
};
#[rustfmt::skip]
const CLASSICAL: Voice = Voice {
    openings: &["{name} in concert."],
    middles: &[
        "With {name}, heard here for the first time in three seasons.",
        "{name} on instruments of the period, tuned a shade lower than you may be used to.",
        "The performance by {name} is recorded for the radio, so a lozenge before is better than a cough during.",
        "With {name}, and a short introduction from the stage.",
        "{name} and this music are old friends, and it shows in what they leave out.",
        "Played by {name}, last season's discovery for many of our subscribers.",
    ],
};
#[rustfmt::skip]
const THEATRE: Voice = Voice {
    openings: &["A new production by {name}."],
    middles: &[
        "In a new staging by {name}, with a cast of nine and one table.",
        "A production by {name} that has been travelling since autumn.",
        "Played by {name} on a bare stage and without a curtain.",
        "{name} have set it in the present day without changing a line.",
        "The production by {name} won two prizes last season, one of them for the lighting.",
        "Performed by {name} in a new translation.",
        "With music played live by the cast of {name}.",
    ],
};
#[rustfmt::skip]
const DANCE: Voice = Voice {
    openings: &["An evening of dance with {name}."],
    middles: &[
        "Danced by {name}, with a live orchestra on most nights of the tour and on this one.",
        "A work for fourteen dancers of {name}.",
        "{name} last danced it here six years ago, in another cast and to the same applause.",
        "Choreography and stage are by members of {name}.",
    ],
};
#[rustfmt::skip]
const COMEDY: Voice = Voice {
    openings: &[
        "An hour and a bit with {name}, on family, trains and the decline of the handshake.",
        "New stories from {name}, some of which happened.",
        "{name} tries to explain the last twelve months and gets as far as March.",
        "Stand-up by {name}, who was told to write about something else and did not.",
        "{name}, one microphone and a chair that turns out to matter.",
        "The show that {name} took to Edinburgh, longer now and with an ending.",
    ],
    middles: &[
        "The front row is safe. Mostly.",
        "For grown-ups, and for teenagers whose parents are not with them.",
        "There is an interval, because the bar asked for one.",
        "Latecomers become part of the show.",
        "It was called the warmest hour of the festival by somebody who is hard to please.",
    ],
};
#[rustfmt::skip]
const FAMILY: Voice = Voice {
    openings: &["A show for all ages by {name}."],
    middles: &[
        "Played by {name}, who stay afterwards to show how it is done.",
        "With {name}; it lasts seventy minutes, including a break for those who need one.",
        "{name} have brought cushions for the smallest in the front.",
        "A favourite of {name}, with live music and not too much darkness.",
    ],
};
#[rustfmt::skip]
const SPORT: Voice = Voice {
    openings: &[
        "{name} at home. The last two meetings ended level, and both sides remember it differently.",
        "A place near the top is at stake when {name} receive the visitors.",
        "The return fixture: {name} lost away by a single point of difference and have had a season to think about it.",
        "{name} at home, and not used to losing there. The visitors have nothing to lose at all.",
    ],
    middles: &[
        "Home supporters sit to the left of the players' entrance, visitors to the right.",
        "Scarves at half price for everyone under twelve.",
        "The youth teams play before, from two hours earlier, on the same ticket.",
        "Whoever wins goes into the break with a lead.",
    ],
};

/// The sentences for events of a genre.
pub(super) const fn voice(genre: Genre) -> &'static Voice {
    match genre {
        Genre::Jazz => &JAZZ,
        Genre::Rock => &ROCK,
        Genre::Pop => &POP,
        Genre::Classical => &CLASSICAL,
        Genre::Electronic => &ELECTRONIC,
        Genre::Folk => &FOLK,
        Genre::HipHop => &HIP_HOP,
        Genre::Theatre => &THEATRE,
        Genre::Comedy => &COMEDY,
        Genre::Dance => &DANCE,
        Genre::Family => &FAMILY,
        Genre::Sport => &SPORT,
    }
}

/// What a house tells its guests.
#[rustfmt::skip]
pub(super) const fn closings(kind: Kind) -> &'static [&'static str] {
    match kind {
        Kind::Theatre => &[
            "The bar takes orders for the interval in advance.",
            "Latecomers are shown to their seats at the first pause.",
            "About two hours and ten minutes, with one interval.",
            "An introduction in the foyer begins forty minutes before.",
            "There is a hearing loop in all parts of the house.",
            "Tickets are good for buses and trams from three hours before.",
        ],
        Kind::Hall => &[
            "The floor is standing; seats on the balcony are numbered.",
            "The cloakroom is at the side entrance and takes anything up to a cello.",
            "Children are welcome on the balcony with a grown-up.",
            "Food trucks in the yard from the time the doors open.",
        ],
        Kind::Club => &[
            "The bar stays open after the last song.",
            "It is a small room: please keep conversation for the break.",
            "Small plates from the kitchen until late.",
            "Come early for the good corners.",
            "Cards only at the bar.",
        ],
        Kind::Arena => &[
            "Trains and trams run for an hour after the end.",
            "Bags larger than a sheet of paper stay in the lockers at the main gate.",
            "Step-free ways lead from the main gate to all accessible places.",
        ],
        Kind::Stadium => &[
            "Gates open two hours before; the queues are shortest in the first of them.",
            "Extra trains run from the central station from noon.",
            "The upper tier is windy: bring one layer more than you think.",
        ],
    }
}

/// Sentences about where a performer comes from, and about what is known of it.
type Biography = (&'static [&'static str], &'static [&'static str]);

/// Who a performer of several people is.
#[rustfmt::skip]
pub(super) const fn biography_of_group(genre: Genre) -> Biography {
    match genre {
        Genre::Jazz => (
            &["{Name} came together in {place}, at a Monday session that went on too long.", "From {place}, and on the road for a good part of every year.", "A sound that began in {place}: dry, warm and never in a hurry.", "{place} is where the first record was made, in one afternoon."],
            &["Four albums so far, the latest with strings.", "The tunes are original, the manners old.", "Critics mention Monk; the audience mentions the waltzes.", "Known for endings that nobody sees coming."],
        ),
        Genre::Rock | Genre::Pop | Genre::Electronic | Genre::HipHop => (
            &["Started in {place}, in a rehearsal room above a garage.", "From {place}, with the weather to match.", "First heard on a tape that went round {place} by hand.", "{place} made them; the road did the rest.", "Home is {place}, when there is time."],
            &["Three albums, one of which nobody expected.", "Best heard live, as everybody says and as is true here.", "The latest record stayed in the charts for half a year.", "They answer their own mail.", "Every record has been made in a different kitchen."],
        ),
        Genre::Classical => (
            &["Founded in {place} by musicians who wanted to choose their own programmes.", "At home in {place}, and a guest of most of the halls worth the journey.", "From {place}, where the season begins every September in a former market hall."],
            &["The recordings of Haydn have become references.", "New music has a place in every programme.", "Half of each season is performed without a conductor.", "Praised for clarity, and for not mistaking it for coolness."],
        ),
        Genre::Folk => (
            &["Songs from around {place}, collected at kitchen tables.", "Three generations of musicians from {place}.", "From {place}, by way of a great many small stages.", "They learned the tunes in {place}, and the stories on the way."],
            &["The fiddle is older than the country.", "They sing in four languages and apologise in a fifth.", "No concert has ended without a dance so far."],
        ),
        Genre::Theatre | Genre::Comedy => (
            &["A company from {place}, fourteen people and a van.", "Founded in {place} by actors who had been told to wait their turn.", "At work in {place} since the closing of the old repertory."],
            &["Known for classics without velvet.", "Everybody in the company acts, builds and sells programmes.", "They rehearse for ten weeks and tour for forty.", "Every third production is a play that nobody has seen before."],
        ),
        Genre::Dance => (
            &["A company of fourteen from {place}.", "Based in {place}, in a former tram depot with a good floor.", "Founded in {place} thirty years ago and never quite respectable."],
            &["The repertoire runs from the classics to pieces made last week.", "They tour with their own orchestra whenever it can be paid for."],
        ),
        Genre::Family => (
            &["From {place}, with eleven trunks and a dog.", "Making theatre for children in {place} since the parents of those children were small."],
            &["Grown-ups are admitted in company.", "Everything on the stage was built by hand."],
        ),
        Genre::Sport => (
            &["Plays in front of one of the loudest home crowds in the league.", "Promoted two years ago and in no mood to go back.", "A young side with an old coach.", "Known for defence, and for comebacks in the last minutes."],
            &["Four titles, the last of them disputed to this day.", "The academy has brought up half of the squad.", "Colours: dark blue and white.", "The supporters travel in numbers and sing in parts."],
        ),
    }
}

/// Who somebody who stands alone on the poster is.
#[rustfmt::skip]
pub(super) const fn biography_of_soloist(genre: Genre) -> Biography {
    match genre {
        Genre::Jazz => (
            &["Born in {place}, and at home wherever there is a good piano.", "From {place}; learned by playing along with the radio.", "Left {place} with one suitcase and a saxophone, and kept both."],
            &["Four albums so far, the latest with strings.", "The tunes are original, the manners old.", "Known for endings that nobody sees coming."],
        ),
        Genre::Classical => (
            &["Trained in {place}, and since then heard on four continents.", "Born in {place}; a prize in Leeds, another in Brussels, then a year off to walk.", "From {place}, and a guest of most of the halls worth the journey."],
            &["The recordings of Bach have become references.", "New music has a place in every programme.", "Praised for clarity, and for not mistaking it for coolness.", "Teaches two days a week, and says that this is where the ideas come from."],
        ),
        Genre::Folk => (
            &["Songs from around {place}, collected at kitchen tables.", "From {place}, by way of a great many small stages.", "Learned the tunes in {place}, and the stories on the way."],
            &["The fiddle is older than the country.", "Sings in four languages and apologises in a fifth.", "No concert has ended without a dance so far."],
        ),
        Genre::Comedy => (
            &["Grew up in {place} and has been explaining it ever since.", "A former teacher from {place}, which comes up.", "From {place}; has lived in five countries and been misunderstood in each.", "Moved away from {place} for a quiet life and then found a microphone."],
            &["Writes for radio, talks for a living.", "The third show in as many years.", "Winner of a prize that came with a very heavy trophy.", "Has a podcast, but so has everybody."],
        ),
        _ => (
            &["From {place}, with the weather to match.", "First heard singing in the kitchen of a restaurant in {place}.", "Home is {place}, when there is time.", "Grew up in {place}, the youngest of five and the loudest."],
            &["Three albums, one of which nobody expected.", "Best heard live, as everybody says and as is true here.", "The latest record stayed in the charts for half a year.", "Writes every song alone and plays none of them the same way twice."],
        ),
    }
}

/// A sentence with the name in it, the first letter raised where the name comes first.
pub(super) fn with_name(sentence: &str, name: &str) -> String {
    let filled = sentence.replace("{Name}", name).replace("{name}", name);
    let mut letters = filled.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
