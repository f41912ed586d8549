//! Names of people, by language, and names of bands, ensembles, companies and teams.

/// First and family names that go together, and where such people come from.
pub(super) struct People {
    pub first: &'static [&'static str],
    pub family: &'static [&'static str],
    pub places: &'static [&'static str],
}

#[rustfmt::skip]
pub(super) const PEOPLE: &[People] = &[
    People {
        first: &["Inês", "Tomás", "Beatriz", "Duarte", "Leonor", "Rui", "Mafalda", "Afonso", "Catarina", "Vasco", "Joana", "Simão"],
        family: &["Valadares", "Figueira", "Lourenço", "Seabra", "Moutinho", "Quintela", "Bragança", "Tavares", "Salgueiro", "Azevedo", "Monteiro", "Serrano"],
        places: &["Porto", "Lisbon", "Coimbra", "Braga"],
    },
    People {
        first: &["Lucía", "Mateo", "Carmen", "Íñigo", "Alba", "Gonzalo", "Rocío", "Martín", "Paloma", "Julián", "Nuria", "Álvaro"],
        family: &["Cebrián", "Olmedo", "Zabaleta", "Montalvo", "Aguirre", "Robledo", "Cisneros", "Villalba", "Quiroga", "Esparza", "Luján", "Herrero"],
        places: &["Seville", "Madrid", "Buenos Aires", "Valencia", "Guadalajara"],
    },
    People {
        first: &["Camille", "Théo", "Margaux", "Bastien", "Solène", "Étienne", "Apolline", "Rémi", "Clémence", "Lucien", "Noémie", "Antoine"],
        family: &["Vasseur", "Delorme", "Maréchal", "Fontanel", "Béranger", "Lacroix", "Aubertin", "Roussel", "Charpentier", "Giraud", "Tessier", "Morvan"],
        places: &["Lyon", "Marseille", "Brussels", "Montreal", "Nantes"],
    },
    People {
        first: &["Johanna", "Lennart", "Friederike", "Anton", "Marlene", "Jakob", "Henrike", "Moritz", "Klara", "Benedikt", "Theresa", "Konrad"],
        family: &["Brandstetter", "Lindner", "Kestenholz", "Voss", "Hallbauer", "Reinhardt", "Tiedemann", "Ostermann", "Winterfeld", "Sander", "Auerbach", "Falkner"],
        places: &["Leipzig", "Vienna", "Zurich", "Hamburg", "Graz"],
    },
    People {
        first: &["Maeve", "Callum", "Orla", "Rory", "Imogen", "Declan", "Harriet", "Finn", "Rosalind", "Ewan", "Bridget", "Alasdair"],
        family: &["Carrick", "Penhaligon", "Ashdown", "Mulcahy", "Brannigan", "Thornbury", "Hollis", "Kinnear", "Merriweather", "Lockhart", "Devlin", "Garrow"],
        places: &["Cork", "Glasgow", "Bristol", "Leeds", "Halifax"],
    },
    People {
        first: &["Adaeze", "Kwame", "Folake", "Tunde", "Amara", "Kofi", "Zainab", "Emeka", "Yetunde", "Sekou", "Abena", "Chidi"],
        family: &["Okonjo", "Mensah", "Adeyemi", "Asante", "Balogun", "Diallo", "Nwosu", "Owusu", "Traoré", "Eze", "Boateng", "Bangura"],
        places: &["Lagos", "Accra", "London", "Atlanta", "Dakar"],
    },
    People {
        first: &["Chiara", "Niccolò", "Giulia", "Tommaso", "Ludovica", "Edoardo", "Benedetta", "Matteo", "Ilaria", "Pietro", "Viola", "Sandro"],
        family: &["Marchetti", "Bellandi", "Ferraris", "Tagliabue", "Cavallari", "Orsini", "Pellegrino", "Rinaldi", "Zambelli", "Galvani", "Bonfanti", "Serafini"],
        places: &["Turin", "Naples", "Bologna", "Palermo"],
    },
    People {
        first: &["Astrid", "Mikkel", "Signe", "Aksel", "Tuva", "Henrik", "Linnea", "Sindre", "Freja", "Eino", "Sigrid", "Arvid"],
        family: &["Solberg", "Lindqvist", "Hvidsten", "Aalto", "Bjørnstad", "Nyström", "Kjærgaard", "Rautio", "Holmgren", "Dahlberg", "Strand", "Vestergaard"],
        places: &["Bergen", "Gothenburg", "Helsinki", "Aarhus", "Reykjavík"],
    },
    People {
        first: &["Zofia", "Marek", "Hanna", "Tadeusz", "Jitka", "Ondřej", "Milena", "Václav", "Agnieszka", "Borys", "Lenka", "Kazimierz"],
        family: &["Kowalczyk", "Wróbel", "Mazur", "Szymczak", "Krejčí", "Martinů", "Janků", "Pawlak", "Walczak", "Kočí", "Duda", "Sikora"],
        places: &["Kraków", "Brno", "Prague", "Gdańsk"],
    },
    People {
        first: &["Haruka", "Ren", "Sayaka", "Kaito", "Mio", "Takumi", "Yuriko", "Sho", "Akari", "Daichi", "Kana", "Ryo"],
        family: &["Fujimori", "Kuroda", "Hoshino", "Asakura", "Minamoto", "Sakamaki", "Tachibana", "Onishi", "Shirakawa", "Nagase", "Kirishima", "Uehara"],
        places: &["Osaka", "Tokyo", "Sapporo", "Fukuoka"],
    },
];

/// The name of a band, an ensemble or a company, and where it comes from.
pub(super) type Listed = (&'static str, &'static str);

#[rustfmt::skip]
pub(super) const JAZZ_BANDS: &[Listed] = &[
    ("Orquestra do Cais", "Porto"), ("The Brass Almanac", "New Orleans"), ("Trio Zéphyr", "Brussels"),
    ("Nordlys Sextet", "Bergen"), ("Blue Ledger", "Chicago"), ("The Eleventh Chorus", "London"),
    ("Septeto Madrugada", "Seville"), ("Kaffeehaus Swing", "Vienna"), ("Quinteto Ribeira", "Porto"),
    ("Slow Elevator", "Toronto"), ("The Two O'Clock Band", "Leeds"), ("Ensemble Minuit", "Paris"),
];
#[rustfmt::skip]
pub(super) const ROCK_BANDS: &[Listed] = &[
    ("Glass Harbour", "Halifax"), ("The Low Tides", "Cork"), ("Paper Lanterns", "Bristol"),
    ("Cinder & Sons", "Manchester"), ("Velvet Antlers", "Melbourne"), ("Die Nachtfalter", "Leipzig"),
    ("Los Faroles", "Valencia"), ("Les Marées Noires", "Nantes"), ("Orkan", "Hamburg"), ("Salt Parade", "Dublin"),
    ("The Quiet Wolves", "Oslo"), ("Copper Saints", "Glasgow"), ("Tramontana", "Trieste"), ("Fjällvind", "Gothenburg"),
    ("Karussell Nord", "Rostock"), ("The Ninth Floor", "Chicago"), ("Hollow Kings", "Leeds"),
    ("Static Orchard", "Sheffield"), ("Ferrovia", "Bologna"), ("Marble Teeth", "Athens"), ("Sunday Arson", "Adelaide"),
    ("The Weather Office", "Birmingham"), ("Bocas de Lobo", "Braga"), ("Kometen", "Berlin"),
    ("Les Chiens Bleus", "Lyon"), ("Rust Belt Choir", "Cleveland"), ("Lanterna Rossa", "Turin"),
    ("Wild Ginger", "Auckland"), ("The Understudies", "London"), ("Ghost Ferry", "Newcastle"),
    ("Saint Monday", "Bristol"), ("Black Marigold", "Montreal"), ("Yoake", "Osaka"), ("Thunder Motel", "Memphis"),
    ("The Night Porters", "Manchester"), ("Ulička", "Prague"),
];
#[rustfmt::skip]
pub(super) const POP_ACTS: &[Listed] = &[
    ("Maré Alta", "Lisbon"), ("Juno Vale", "London"), ("Citrine", "Los Angeles"), ("Las Vecinas", "Madrid"),
    ("Aurore & Moi", "Montreal"), ("Pocket Sun", "Brighton"), ("Ida Blum", "Copenhagen"),
    ("Candela Rey", "Buenos Aires"), ("Nova Heights", "Toronto"), ("Polaroid Summer", "Malmö"),
    ("Sommerregen", "Cologne"), ("Tilde", "Stockholm"), ("The Postcards", "Dublin"), ("Kirsikka", "Helsinki"),
];
#[rustfmt::skip]
pub(super) const ORCHESTRAS: &[Listed] = &[
    ("Camerata do Tejo", "Lisbon"), ("Ensemble Les Heures", "Paris"), ("Kammerorchester Lindenhof", "Vienna"),
    ("Northgate Sinfonia", "Newcastle"), ("Orchestra della Fontana", "Bologna"),
    ("Philharmonie am Strom", "Cologne"), ("The Alderman Consort", "Manchester"),
    ("Orquesta de Cámara Almendro", "Madrid"), ("Vltava Chamber Orchestra", "Prague"),
    ("Göta Symfonietta", "Gothenburg"), ("Capella Rotterdam", "Rotterdam"), ("Hinoki Ensemble", "Tokyo"),
    ("Orchestre du Vieux-Quai", "Montreal"), ("Lakeshore Philharmonic", "Cleveland"), ("Sinfonietta Wawel", "Kraków"),
    ("Baroque Collective Meridian", "Birmingham"),
];
#[rustfmt::skip]
pub(super) const CHOIRS: &[Listed] = &[
    ("Coro da Ribeira", "Porto"), ("The Tanners' Chapel Choir", "Glasgow"), ("Vokalensemble Nordwind", "Hamburg"),
    ("Chœur des Tilleuls", "Lyon"), ("Cantores Minores Brunenses", "Brno"), ("Kammerchor Aurora", "Zurich"),
];
#[rustfmt::skip]
pub(super) const ELECTRONIC_ACTS: &[Listed] = &[
    ("Halogen", "Basel"), ("Modul 7", "Berlin"), ("Tidal Archive", "Reykjavík"), ("Onde Carrée", "Lyon"),
    ("Yuki Analog", "Osaka"), ("Sub Rosa", "Bristol"), ("Klangfeld", "Cologne"), ("Perpetual Noon", "Detroit"),
    ("DJ Alcântara", "Lisbon"), ("Mirage Control", "Los Angeles"), ("Kassette", "Leipzig"), ("Ultramarin", "Hamburg"),
    ("Neonfisk", "Bergen"), ("Signal to Moss", "Portland"), ("Hertz & Söhne", "Frankfurt"),
    ("La Nuit Carrée", "Geneva"), ("Ostkreuz", "Berlin"), ("Amber Index", "Warsaw"), ("Lumen Drift", "Helsinki"),
    ("Zenit", "Zagreb"), ("Cobalt Hour", "Marseille"), ("Nachtbus", "Munich"), ("Glitch Botanica", "Rotterdam"),
    ("Velocidad", "Mexico City"), ("Quiet Machines", "Glasgow"), ("Palmen aus Stahl", "Dresden"),
    ("Soft Concrete", "Milan"), ("Ishi", "Sapporo"), ("Tonbandgerät Süd", "Stuttgart"),
    ("Vapor Trails Club", "Melbourne"),
];
#[rustfmt::skip]
pub(super) const FOLK_BANDS: &[Listed] = &[
    ("The Heather Post", "Inverness"), ("Ronda Vella", "Palma"), ("Vent d'Ouest", "Brest"),
    ("Spelmannslaget Tall", "Falun"), ("The Lamplighters", "Sheffield"), ("Cantares do Vale", "Viana do Castelo"),
    ("Hojarasca", "Salta"), ("Tide & Tallow", "Cornwall"), ("Dudy Brothers", "Kraków"), ("Maison de Bois", "Rimouski"),
    ("The Crofters' Daughters", "Stornoway"), ("Kopanica", "Sofia"), ("Wayfaring Finches", "Nashville"),
    ("Sjøhest", "Tromsø"), ("Alpenglow String Band", "Innsbruck"), ("Terra Seca", "Évora"),
];
#[rustfmt::skip]
pub(super) const HIP_HOP_ACTS: &[Listed] = &[
    ("Verse Cartel", "Atlanta"), ("MC Lanterna", "Milan"), ("Kid Almanac", "London"), ("La Rima Justa", "Barcelona"),
    ("Block Ninety", "Philadelphia"), ("Süd Süd West", "Stuttgart"), ("Amina K", "Birmingham"),
    ("Bairro Novo", "Lisbon"), ("Delta Cipher", "New Orleans"), ("Ritmo Sureño", "Monterrey"),
    ("Old Kent Choir", "London"), ("Lady Meridian", "Greenwich"), ("Nine Rivers", "Accra"),
    ("Grand Turbine", "Detroit"), ("Télégramme", "Marseille"), ("Paso Doble MC", "Madrid"),
    ("Kilo Watts", "Manchester"), ("Wortschatz", "Hamburg"), ("The Margin", "Leeds"), ("Oba Prime", "Lagos"),
    ("North Circular", "London"), ("Zora Bell", "Toronto"), ("Fumo", "Porto"), ("Sakura Static", "Tokyo"),
    ("Dr Footnote", "Edinburgh"), ("Queen of Cups", "Chicago"),
];
#[rustfmt::skip]
pub(super) const THEATRE_COMPANIES: &[Listed] = &[
    ("Kestrel Repertory Company", "Lisbon"), ("Compañía del Almendro", "Madrid"), ("Compagnie des Tilleuls", "Lyon"),
    ("Ensemble Lindenhof", "Vienna"), ("The Alderman Players", "Manchester"), ("Compagnia della Fontana", "Bologna"),
    ("Toneelgroep De Reiger", "Rotterdam"), ("Soubor U Studny", "Brno"), ("Zespół Pod Klonem", "Kraków"),
    ("Lyktans Ensemble", "Gothenburg"), ("Larkin Street Company", "Chicago"), ("La Troupe du Quai", "Montreal"),
    ("Teatro de la Bruma", "Bilbao"), ("Second Storey Theatre", "Bristol"), ("The Oxbow Company", "Norwich"),
    ("Freie Bühne Südstern", "Berlin"), ("Théâtre de l'Escale", "Saint-Nazaire"), ("Companhia da Maré", "Aveiro"),
    ("The Paper Crown", "London"), ("Cooperativa Teatrale Zenzero", "Palermo"), ("Harrow & Finch", "York"),
    ("Nachtasyl", "Leipzig"), ("Teatro Errante", "Naples"), ("Salt House Theatre", "Whitby"),
    ("Gekidan Kawauso", "Osaka"), ("The Winter Company", "Cambridge"), ("Bottega degli Attori", "Turin"),
    ("Strolling Lantern Theatre", "Galway"), ("Théâtre Sans Toit", "Marseille"),
    ("The Copperplate Ensemble", "Sheffield"), ("Hinterhof Kollektiv", "Hamburg"),
    ("Los Cómicos de la Legua", "Almagro"), ("Compagnie Quatre Saisons", "Geneva"), ("Blackthorn Theatre", "Dundee"),
    ("Scena Otwarta", "Warsaw"), ("The Understage", "London"), ("Divadlo Na Lávce", "Prague"), ("Grupo Farol", "Faro"),
    ("Northern Ensemble", "Newcastle"), ("Teatro Minuto", "Cagliari"), ("The Ferryman Company", "Liverpool"),
    ("Compagnie Plein Vent", "Avignon"), ("Open Window Theatre", "Cape Town"), ("Stadtwandler", "Dortmund"),
    ("Thirteenth Row", "Edinburgh"), ("Teatr Lustro", "Gdańsk"),
];
#[rustfmt::skip]
pub(super) const DANCE_COMPANIES: &[Listed] = &[
    ("Ballet de la Ría", "Vigo"), ("Compagnie Pas Perdus", "Toulouse"), ("Nordic Movement", "Oslo"),
    ("Tanzwerk Ost", "Berlin"), ("Flamenco Rocío Olmedo", "Seville"), ("Corpo Aberto", "São Paulo"),
    ("The Lyric Ballet", "London"), ("Company Sixteen", "New York"), ("Balletto di Ponente", "Genoa"),
    ("Danshus Fyra", "Malmö"), ("Kage Dance", "Kyoto"), ("Mestizo", "Mexico City"), ("Ballet Jacarandá", "Mexico City"),
    ("The Longshore Company", "San Francisco"), ("Compagnie Équinoxe", "Nantes"), ("Praha Dance Theatre", "Prague"),
];
#[rustfmt::skip]
pub(super) const FAMILY_ACTS: &[Listed] = &[
    ("Puppet House Tuk-Tuk", "Utrecht"), ("Cirque Papillon", "Montreal"), ("The Paper Bag Orchestra", "Bristol"),
    ("Figurentheater Kauz", "Zurich"), ("Teatro di Stoffa", "Bologna"), ("The Marvellous Mr Pym", "Blackpool"),
    ("Los Títeres de Lola", "Valencia"), ("Captain Barnacle's Crew", "Plymouth"), ("Bubble Laboratory", "Antwerp"),
    ("Iceland on Ice", "Reykjavík"), ("Compagnie du Chapeau", "Lille"), ("Dino Expedition Live", "Denver"),
    ("The Story Bus", "Cork"), ("Zirkus Mirabell", "Munich"),
];
/// Football: the home teams of the two stadiums, then those who visit; in full and short.
#[rustfmt::skip]
pub(super) const FOOTBALL_TEAMS: [(&str, &str); 10] = [
    ("Northern Lights FC", "Northern Lights FC"), ("CD Mareal", "CD Mareal"), ("Harbour Athletic", "Harbour"),
    ("Kingsmoor United", "Kingsmoor"), ("Vale Rovers", "Vale Rovers"), ("Real Azahar", "Real Azahar"), ("Union Brückenstadt", "Union"),
    ("Atlético Levante Norte", "Levante Norte"), ("Olympique du Port", "Olympique du Port"), ("Steelworks Town", "Steelworks"),
];
/// Basketball: the home teams of the three arenas, then those who visit; in full and short.
#[rustfmt::skip]
pub(super) const BASKETBALL_TEAMS: [(&str, &str); 10] = [
    ("Birmingham Kestrels", "Birmingham Kestrels"), ("Rheinbogen Ravens", "Rheinbogen Ravens"), ("Cleveland Sturgeons", "Cleveland Sturgeons"),
    ("Leeds Millers", "Leeds"), ("Baltic Storks", "Baltic Storks"), ("Ljubljana Dragons", "Ljubljana"), ("Halifax Breakers", "Halifax"),
    ("Porto Navigators", "Porto"), ("Buffalo Foundry", "Buffalo"), ("Athens Owls", "Athens"),
];
