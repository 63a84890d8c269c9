//! The service behind the ports.

use bytes::Bytes;
use media_domain::{ImageFormat, MediaDimensions};
use media_imaging::{ImageLimits, ImagingService};
use media_ports::{ImageError, ImageProcessor, PlaceholderRenderer, PlaceholderRequest};

use crate::samples;

#[tokio::test]
async fn the_service_answers_like_the_functions() {
    let service = ImagingService::default();
    for (format, side) in [(ImageFormat::Png, 20), (ImageFormat::Png, 900), (ImageFormat::Svg, 20)] {
        let bytes = Bytes::from(samples::file(format, side, side));
        let expected = media_imaging::inspect(&bytes, service.limits());
        assert_eq!(service.inspect(bytes.clone().into()).await, expected);
        let preview = media_imaging::thumbnail(&bytes, 16, service.limits());
        assert_eq!(service.thumbnail(bytes.clone(), 16).await, preview);
        let size = MediaDimensions::new(30, 10);
        let covered = media_imaging::cover(&bytes, size, service.limits());
        assert_eq!(service.cover(bytes, size).await, covered);
    }
}

#[tokio::test]
async fn limits_hold_in_the_service() {
    let service = ImagingService::new(ImageLimits { max_side: 100, ..ImageLimits::default() });
    let bytes = Bytes::from(samples::file(ImageFormat::Png, 101, 1));
    assert!(matches!(service.inspect(bytes.into()).await, Err(ImageError::TooLarge(_))));
    assert_eq!(service.inspect(Bytes::new().into()).await, Err(ImageError::Empty));
}

#[tokio::test]
async fn many_callers_are_served_and_some_may_leave() {
    let service = ImagingService::default();
    let request = |index| PlaceholderRequest {
        prompt: "a crowd".to_owned(),
        caption: String::new(),
        dimensions: MediaDimensions::new(64, 64),
        seed: 0,
        image_index: index,
        format: ImageFormat::Png,
    };
    let tasks = (0..40).map(|index| {
        let service = service.clone();
        tokio::spawn(async move { service.render_placeholder(request(index)).await })
    });
    let tasks = tasks.collect::<Vec<_>>();
    tasks.iter().step_by(3).for_each(tokio::task::JoinHandle::abort);
    for (index, task) in tasks.into_iter().enumerate() {
        match task.await {
            Ok(drawn) => assert_eq!(drawn.unwrap().dimensions, MediaDimensions::new(64, 64)),
            Err(error) => assert!(error.is_cancelled() && index % 3 == 0),
        }
    }
    assert!(service.render_placeholder(request(99)).await.is_ok());
}
