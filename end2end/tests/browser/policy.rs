//! What pages may do in a browser, and what they leave in it.

use std::time::Duration;

use onsale_end2end::{Device, EVENT, play};
use onsale_testkit::eventually;

#[test]
fn who_only_looks_gets_no_cookie() {
    play(async |scene| {
        let guest = scene.visitor(Device::Desktop).await;
        guest.expect_complaint("404");
        let event = format!("/events/{EVENT}");
        let section = format!("{event}?section=0");
        for path in ["/", "/search", "/search?when=tonight", &event, &section, "/bookings", "/x"] {
            guest.open(path).await;
            assert_eq!(guest.cookie_count().await, 0, "{path} leaves a cookie");
        }
    });
}

#[test]
fn a_script_that_is_smuggled_into_a_page_does_not_run() {
    play(async |scene| {
        let guest = scene.visitor(Device::Desktop).await;
        guest.open(&format!("/events/{EVENT}")).await;
        let ran: bool = guest
            .ask(
                "() => {
                    const script = document.createElement('script');
                    script.textContent = 'window.smuggled = true';
                    document.body.append(script);
                    return window.smuggled === true;
                }",
            )
            .await;
        assert!(!ran, "the content security policy lets inline scripts run");
        // That the breach is heard shows that the silence of other scenes means something.
        eventually("the breach to be heard", Duration::from_secs(10), || async {
            let heard = guest.complaints();
            heard.iter().any(|it| it.contains("content security policy")).then_some(())
        })
        .await;
        guest.expect_complaint("content security policy");
        guest.expect_complaint("Content Security Policy");
    });
}
