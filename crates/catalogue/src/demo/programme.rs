//! What is played: titles, and a sentence or two about them.

/// A title and what it is about.
pub(super) type Work = (&'static str, &'static str);

#[rustfmt::skip]
pub(super) const PLAYS: &[Work] = &[
    ("The Glass Menagerie", "A son remembers the flat he ran away from, the mother who talked of her seventeen gentlemen callers, and the sister he could not save."),
    ("Hamlet", "Something is rotten at court, and the only person who will say so cannot make up his mind what to do about it."),
    ("Twelfth Night", "A shipwreck, a pair of twins, one pair of yellow stockings, and nobody in love with the right person until the last ten minutes."),
    ("The Cherry Orchard", "The estate must be sold and everyone knows it; they talk about something else until they hear the axes."),
    ("Three Sisters", "Olga, Masha and Irina mean to go back to Moscow. It has been eleven years and the trains still run."),
    ("Uncle Vanya", "A summer in the country, a professor with gout, and a man who realises rather late whose life he has been living."),
    ("A Doll's House", "A forged signature, a letter in the box, and a door whose slam has been heard ever since."),
    ("Hedda Gabler", "Back from her honeymoon and already bored, a general's daughter looks for something to break."),
    ("Ghosts", "A house full of things nobody mentions, and rain from the first act to the last."),
    ("Miss Julie", "Midsummer night in the kitchen: dancing outside, and inside a game between two people who both stand to lose it."),
    ("Tartuffe", "A pious guest has moved in. By the time the family sees through him he owns the house."),
    ("The Misanthrope", "He will say only what he thinks, and he has fallen for the wittiest liar in Paris."),
    ("Cyrano de Bergerac", "The best swordsman and the best poet in the regiment are the same man, and he has a nose."),
    ("The House of Bernarda Alba", "Five daughters, eight years of mourning, one young man outside the window."),
    ("Blood Wedding", "A bride, two men and a horse, in a country where old quarrels outlive the people who had them."),
    ("Life Is a Dream", "A prince who grew up in a tower is given a kingdom for one day, to see what he does with it."),
    ("Six Characters in Search of an Author", "A rehearsal is interrupted by a family who claim that theirs is the better play."),
    ("The Servant of Two Masters", "Truffaldino is hungry, so he takes two jobs; the masters happen to be looking for each other."),
    ("Woyzeck", "A soldier, a drum major, a pea diet prescribed by science, and fragments that have never needed an ending."),
    ("Mary Stuart", "Two queens who never met, and the scene in which they do."),
    ("Spring Awakening", "Nobody tells the children anything. They find out, and then it is too late to ask."),
    ("Antigone", "A king forbids a burial. A sister buries her brother. Everybody is right, which is the trouble."),
    ("Medea", "She gave up everything for him and he is marrying someone else on Thursday."),
    ("Lysistrata", "The women of Greece end a war with the one means nobody had thought of."),
    ("The Importance of Being Earnest", "Two men invent the same name, two women insist on it, and a handbag turns up at Victoria Station."),
    ("An Ideal Husband", "A career in politics, a letter from long ago, and a guest who has kept it."),
    ("Pygmalion", "A professor wins a bet about vowels and finds that he has not thought beyond it."),
    ("The Playboy of the Western World", "A stranger walks into a pub and says that he killed his father. He has never been so popular."),
    ("The Government Inspector", "A penniless clerk is taken for somebody important, and it would be rude to correct them."),
    ("The Seagull", "Two writers, two actresses, a lake, and a gun in the first act."),
    ("King Lear", "An old man divides his kingdom by asking who loves him most, and believes the answers."),
    ("Macbeth", "Three women on a heath tell a soldier what he already wanted. It is the shortest tragedy and the darkest."),
    ("Much Ado About Nothing", "Two people who cannot stand each other are told, separately, that the other is in love."),
    ("The Tempest", "Twelve years on an island, one storm, and everyone who ever wronged him on the beach."),
    ("The Winter's Tale", "Jealousy in the first half, sixteen years in the interval, a statue in the second."),
    ("The Misunderstood Guest", "A new comedy about a dinner for six at which seven people arrive, and each was invited."),
    ("Salt and Iron", "A new play about the last winter of a shipyard, written from two years of interviews with those who worked there."),
    ("The Night Shift", "Four nurses, one ward, eleven hours: a new play in real time, more or less."),
];

#[rustfmt::skip]
pub(super) const ORCHESTRAL: &[Work] = &[
    ("Mahler's Fourth", "Sleigh bells at the beginning, a child's view of heaven at the end, and before the interval a Haydn symphony of the same cheerful cunning."),
    ("Beethoven's Eroica", "The symphony that tore up its own dedication, after an overture and the Fourth Piano Concerto."),
    ("Dvořák in America", "The New World Symphony and the Cello Concerto, both written within three years and an ocean away from home."),
    ("Sibelius 5", "Sixteen swans over a lake, six chords and the silences between them; with the Violin Concerto to begin."),
    ("The Four Seasons", "All four, and between them four short tangos that answer back."),
    ("Brahms's First", "Twenty years in the making, and worth the wait; preceded by the Haydn Variations."),
    ("Tchaikovsky's Pathétique", "The last symphony, which ends where no symphony had ended before."),
    ("Ravel and Debussy", "La mer, Ma mère l'Oye and the Piano Concerto in G: an evening of water, fairy tales and jazz heard through a wall."),
    ("Bach's Brandenburg Concertos", "Six concertos for six different bands, played standing up and without a conductor."),
    ("Schubert, Unfinished and Finished", "The Eighth as he left it, and after the interval the Great C major, which he did complete."),
    ("Waltzes and Polkas", "The whole Strauss family and two of their rivals, with one march at which you may clap."),
    ("Music for Strings", "Bartók, Britten and Grieg, without a single wind instrument on the stage."),
    ("Shostakovich 10", "Written in the year he was allowed to breathe out, and signed with his own initials."),
    ("Mozart by Candlelight", "Three late symphonies in a house lit the way it was when they were new (the candles are electric)."),
];

#[rustfmt::skip]
pub(super) const CHORAL: &[Work] = &[
    ("St John Passion", "Bach's shorter, fiercer Passion, sung by sixteen voices who take the solos in turn."),
    ("A German Requiem", "Brahms chose the words himself, and chose them for the living."),
    ("Vespers", "Rachmaninoff's All-Night Vigil, unaccompanied, in a little over an hour."),
    ("Israel in Egypt", "Handel at his most pictorial: frogs, flies, hailstones, and double choruses to walk through the sea."),
    ("Songs of Travel", "Madrigals and folk songs from seven countries, sung in all their languages."),
    ("Mozart's Requiem", "The music he did not finish, completed by those who loved it, and a set of motets to begin."),
];

#[rustfmt::skip]
pub(super) const RECITALS: &[Work] = &[
    ("Goldberg Variations", "Thirty variations, one bass line, and the aria again at the end as if nothing had happened."),
    ("Late Schubert", "The last two sonatas, written within weeks of each other, with an interval to recover in between."),
    ("Bach's Six Suites", "All six in one evening, with two intervals, from memory."),
    ("Winterreise", "Twenty-four songs about a man who leaves a town at night; no applause until the hurdy-gurdy has stopped."),
    ("Chopin and After", "Nocturnes and mazurkas, and what Scriabin, Mompou and others made of them."),
    ("Sonatas for Two", "Franck, Debussy and Beethoven's Kreutzer, with a pianist of equal rights."),
    ("Études", "Music written for practice and played for pleasure: Chopin, Debussy, Ligeti."),
    ("The Spanish Guitar", "Five centuries, six strings, and Albéniz, who wrote it all for the piano."),
];

#[rustfmt::skip]
pub(super) const DANCES: &[Work] = &[
    ("Swan Lake", "Twenty-four swans, thirty-two fouettés and one mistake that cannot be taken back."),
    ("Giselle", "A village, a broken promise, and the forest where the dead dance until dawn."),
    ("The Rite of Spring", "Danced on a floor of earth, which is swept up every night and spread again every morning."),
    ("Bolero and Other Obsessions", "Three pieces, each built from a single step."),
    ("Still Life with Runners", "Nine dancers, ninety minutes, and a treadmill as wide as the stage."),
    ("Carmen", "Eight women, one guitar, no roses."),
    ("The Nutcracker", "Snow, sweets and a growing tree; the story starts when the clock strikes."),
    ("Low Water", "A new piece about a river in a dry year, with live percussion."),
    ("Romeo and Juliet", "Prokofiev's score in the company's own staging, moved to two apartment blocks across one yard."),
];

#[rustfmt::skip]
pub(super) const FAMILY_SHOWS: &[Work] = &[
    ("Peter and the Wolf", "Every animal is an instrument, and the wolf is three horns. For everyone from four years on."),
    ("The Bear Who Missed Winter", "A bear wakes up in December and does not know what to do with the snow. For everyone from three years on."),
    ("Carnival of the Animals", "Fourteen animals and a lion who will not wait for his turn. For everyone from five years on."),
    ("The Very Long Night", "A lighthouse, a lost penguin and a song that has to be sung together. For everyone from four years on."),
    ("Twenty Thousand Bubbles", "Round ones, square ones, one with a person inside. For everyone from three years on."),
    ("The Suitcase Circus", "Five acrobats and all they own. For everyone from six years on."),
];

#[rustfmt::skip]
pub(super) const TOURS: &[&str] = &[
    "The Long Way Home", "All the Small Rooms", "Second Summer", "Night Trains", "Live in the Round", "Ten Years of Noise",
    "The Salt Tour", "Everything Twice", "Homecoming", "Northbound", "Postcards from the Flood", "The Yellow Album Live",
    "One Night Only", "Unplugged", "Echoes", "Winter Tour", "The Hours After", "Wide Awake", "Last Bus Out", "New Weather",
    "Borrowed Light", "Somewhere Near the Sea", "Full Volume", "The Farewell Tour",
];

#[rustfmt::skip]
pub(super) const JAZZ_PROGRAMMES: &[&str] = &[
    "The Ellington Book", "Late Set", "Songs Without a Singer", "Blue Hour", "New Music", "The Monk Nights", "Ballads",
    "Tagus Suite", "Album Release", "After Hours", "The Quiet Record", "Standards and Strays",
];

#[rustfmt::skip]
pub(super) const COMEDY_SHOWS: &[&str] = &[
    "Mostly Fine", "Adult Supervision", "Work in Progress", "Terms and Conditions", "A Bit Much", "Nobody Asked", "Reasonable Doubt",
    "Out of Office", "Good Question", "Too Many Cousins", "The Apology Tour", "Small Talk", "Plan C", "Not My Dog", "Allegedly",
    "Previously Owned",
];

#[rustfmt::skip]
pub(super) const FOLK_PROGRAMMES: &[&str] = &[
    "Songs of the Harvest", "Kitchen Songs", "The Ferryman's Book", "Winter Reels", "Songs without a Country", "Letters Home",
    "The Drove Road", "Wedding Tunes", "Salt Songs", "A Year in Tunes",
];
